// Differences that come from the rounding of sums and quotients.

// Half of the digits of a double. Means of a histogram are quotients of differences of large sums, whose digits are fewer.
const RELATIVE = 2 ** -26;

/** Whether two values differ by no more than rounding does. */
export function isRounding(one: number, other: number): boolean {
  return Math.abs(one - other) <= RELATIVE * Math.max(Math.abs(one), Math.abs(other));
}

/**
 * Makes values equal that differ by rounding alone, so that ranks and ties do not depend on it. Values of which many lie
 * close together, such as times, are not changed.
 */
export function withoutRounding(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  const replaced = new Map<number, number>();
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    for (end = start + 1; end < sorted.length && isRounding(sorted[end - 1]!, sorted[end]!);) end++;
    const [first, last] = [sorted[start]!, sorted[end - 1]!];
    if (first === last || !isRounding(first, last)) continue;
    for (let i = start; i < end; i++) replaced.set(sorted[i]!, first);
  }
  return replaced.size === 0 ? values : values.map((value) => replaced.get(value) ?? value);
}
