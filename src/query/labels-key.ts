import type { Labels } from "./source.ts";

/** The same text for equal labels, since their keys are sorted. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(labels);
}
