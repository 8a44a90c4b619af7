import { firstAfter } from "./evaluation/sample-search.ts";

/** Place at which newer samples of a series continue older ones. */
export interface Seam {
  /** Number of older samples that are kept: a stale marker at their end is left out if newer ones continue them before. */
  readonly kept: number;
  /** Index of the first newer sample that is added. */
  readonly first: number;
}

/** The place at which a series goes on; `undefined` if no newer sample is added. */
export type SeamOf = (older: Float64Array, isEnded: boolean, newer: Float64Array) => Seam | undefined;

/** All newer samples, after the older ones before the first of them. */
export function newerSeamOf(older: Float64Array, _: boolean, newer: Float64Array): Seam {
  return { kept: firstAfter(older, (newer[0] ?? Infinity) - 1), first: 0 };
}

/** All older samples, and the newer ones after the last of them; `undefined` if no newer sample is later. */
export function seamOf(older: Float64Array, isEnded: boolean, newer: Float64Array): Seam | undefined {
  const last = older[older.length - (isEnded ? 2 : 1)] ?? -Infinity;
  const first = firstAfter(newer, last);
  if (first === newer.length) return undefined;
  const isMarkerKept = isEnded && older.at(-1)! < newer[first]!;
  return { kept: older.length - (isEnded && !isMarkerKept ? 1 : 0), first };
}
