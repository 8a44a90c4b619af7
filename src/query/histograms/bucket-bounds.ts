// Bounds of the buckets of native histograms.
import type { NativeHistogram } from "../native-histogram.ts";

/** Schema of custom buckets. */
export const CUSTOM_SCHEMA = -53;

/** Whether the bounds of a histogram's buckets are listed, not computed. */
export function hasCustomBuckets({ schema }: { readonly schema: number }): boolean {
  return schema === CUSTOM_SCHEMA;
}

/**
 * Upper bound of bucket `index` of a standard schema, by absolute value: `2 ** (index * 2 ** -schema)`. The largest finite
 * number for the last bucket with finite values.
 */
export function standardBound(schema: number, index: number): number {
  if (schema <= 0) return finiteBound(2 ** (index * 2 ** -schema), index * 2 ** -schema);
  const size = 2 ** schema;
  const exponent = Math.floor(index / size);
  return finiteBound(fractionsOf(schema)[index - exponent * size]! * 2 ** exponent, index / size);
}

/** Upper bound of a positive bucket of a histogram. */
export function upperBound({ schema, customBounds }: NativeHistogram, index: number): number {
  if (schema !== CUSTOM_SCHEMA) return standardBound(schema, index);
  if (index < 0) return -Infinity;
  return customBounds?.[index] ?? Infinity;
}

/** Index of the bucket of a lower schema that contains bucket `index`; `shift` is the difference of the schemas. */
export function coarserIndex(index: number, shift: number): number {
  return shift === 0 ? index : Math.floor((index - 1) / 2 ** shift) + 1;
}

/** Whether two lists of custom bounds are the same. */
export function sameBounds(
  left: readonly number[] | undefined,
  right: readonly number[] | undefined,
): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  return left.every((bound, i) => bound === right[i]);
}

/** The bounds that two lists of custom bounds share, and the bucket that each bucket of the lists is in between them. */
export interface SharedBounds {
  readonly bounds: readonly number[];
  readonly ofLeft: (index: number) => number;
  readonly ofRight: (index: number) => number;
}

/** Finds the bounds that two lists of custom bounds share. */
export function sharedBounds(left: readonly number[] = [], right: readonly number[] = []): SharedBounds {
  const others = new Set(right);
  const bounds = left.filter((bound) => others.has(bound));
  return { bounds, ofLeft: bucketsBetween(bounds, left), ofRight: bucketsBetween(bounds, right) };
}

function bucketsBetween(bounds: readonly number[], all: readonly number[]): (index: number) => number {
  let target = 0;
  const targets = all.map((bound) => {
    while (target < bounds.length && bounds[target]! < bound) target++;
    return target;
  });
  return (index) => targets[index] ?? bounds.length;
}

// By schema: the bounds from 1 to below 2.
const fractions: (Float64Array | undefined)[] = [];

function fractionsOf(schema: number): Float64Array {
  const size = 2 ** schema;
  return (fractions[schema] ??= Float64Array.from({ length: size }, (_, i) => 2 ** (i / size)));
}

function finiteBound(bound: number, exponent: number): number {
  return exponent === 1024 ? Number.MAX_VALUE : bound;
}
