import { readOne, type SampleSource } from "../../../src/query/sample-source.ts";
import type { Selection } from "../../../src/query/source.ts";

/** Whether a selection is read without a promise. */
export function isInMemory(source: SampleSource, selection: Selection): boolean {
  for (const step of readOne(source, selection)) if (step instanceof Promise) return false;
  return true;
}
