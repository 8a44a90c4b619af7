import { escapeLabelValue } from "../../src/translation/snapshot-document.ts";

/** The key of a series in a snapshot, made of its name and labels anew: what the sources' own keys are compared with. */
export function seriesKey(name: string, labels: Readonly<Record<string, string | number | boolean>>): string {
  const keys = Object.keys(labels).toSorted();
  if (keys.length === 0) return name;
  return `${name}{${keys.map((key) => `${key}="${escapeLabelValue(String(labels[key]))}"`).join(",")}}`;
}
