/** Bounds of buckets for histograms. */

/**
 * `count` bounds from `start` on, `width` apart. Throws an `Error` if `count` is below 1.
 *
 * @example
 * linearBuckets(0, 10, 3) // [0, 10, 20]
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error("Linear buckets needs a positive count");
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * `count` bounds from `start` on, each the one before times `factor`. Throws an `Error` if `start` is not above 0,
 * `count` is below 1, or `factor` is not above 1.
 *
 * @example
 * exponentialBuckets(1, 2, 4) // [1, 2, 4, 8]
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error("Exponential buckets needs a positive start");
  if (count < 1) throw new Error("Exponential buckets needs a positive count");
  if (factor <= 1) throw new Error("Exponential buckets needs a factor greater than 1");
  let bound = start;
  return Array.from({ length: count }, () => {
    const next = bound;
    bound *= factor;
    return next;
  });
}
