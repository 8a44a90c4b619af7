/** Quantile of numbers with linear interpolation, as Prometheus' `quantile` has it. Sorts `values`; NaN is the lowest. */
export function quantileOf(q: number, values: Float64Array): number {
  const { length } = values;
  if (length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  values.sort();
  // The sort of typed arrays puts NaN last.
  let missing = 0;
  while (missing < length && Number.isNaN(values[length - 1 - missing])) missing++;
  const at = (index: number): number => (index < missing ? Number.NaN : values[index - missing]!);
  const rank = q * (length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
