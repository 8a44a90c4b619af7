// What wide questions need of a series' points.

/** Some points of one series, in short. */
export interface NumberSummary {
  readonly sum: number;
  /** Of values that are NaN only where all are. */
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
  /** By how much the values rose in all: where one fell, it began again at 0. */
  readonly increase: number;
}

/** The summary of values in the order of their times: one at least. */
export function summaryOf(values: Float64Array): NumberSummary {
  const first = values[0]!;
  let sum = 0;
  let min = NaN;
  let max = NaN;
  let last = first;
  let increase = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    // Negated, so that the first number takes NaN's place.
    if (!(value >= min) && value === value) min = value;
    if (!(value <= max) && value === value) max = value;
    increase += value < last ? value : value - last;
    last = value;
  }
  return { sum, min, max, first, last, increase };
}
