/** What histograms have recorded. */

/** How many values a histogram has; `undefined` of what is none. */
export function countOf(value: unknown): number | undefined {
  return isHistogram(value) ? value.count : undefined;
}

/** What a histogram's values add up to; `undefined` of what is none. */
export function sumOf(value: unknown): number | undefined {
  return isHistogram(value) ? value.sum : undefined;
}

function isHistogram(value: unknown): value is { readonly count: number; readonly sum: number } {
  return typeof value === "object" && value !== null && "count" in value && "sum" in value;
}
