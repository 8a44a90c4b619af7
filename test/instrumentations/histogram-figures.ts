/** Values recorded by histograms. */

/** Returns the number of values of a histogram; `undefined` for other values. */
export function countOf(value: unknown): number | undefined {
  return isHistogram(value) ? value.count : undefined;
}

/** Returns the sum of a histogram's values; `undefined` for other values. */
export function sumOf(value: unknown): number | undefined {
  return isHistogram(value) ? value.sum : undefined;
}

function isHistogram(value: unknown): value is { readonly count: number; readonly sum: number } {
  return typeof value === "object" && value !== null && "count" in value && "sum" in value;
}
