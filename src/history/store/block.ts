// What the store gives of a series: blocks of points, with what wide questions need of them without decoding.
import type { Extremes } from "./extremes.ts";

/** What all blocks have. Times are whole milliseconds since the epoch. */
interface BlockOfPoints {
  /** The series' id in the store. */
  readonly series: number;
  /** The time of the first point. */
  readonly from: number;
  /** The time of the last point. */
  readonly to: number;
  /** How many points there are: one at least. */
  readonly count: number;
  /** The points' times, never falling: equal ones only among samples. Decoded at the first call. */
  times(): Float64Array;
}

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

/** Points that are numbers: of counters and gauges. */
export interface NumberBlock extends BlockOfPoints, NumberSummary {
  readonly kind: "numbers";
  /** The values, in the order of {@link times}. Decoded at the first call. */
  values(): Float64Array;
}

/**
 * Points that are histograms, cumulative. A row is `[sum, bucket 0, …, bucket n]`, n being the number of bounds: buckets
 * that hold what is at most their bound, and one above. A sum that says nothing is NaN.
 */
export interface HistogramBlock extends BlockOfPoints {
  readonly kind: "histograms";
  /** Inclusive upper bounds, rising; the same for all rows. Exponential histograms have others in each block. */
  readonly bounds: Float64Array;
  /** The row of the first point. */
  first(): Float64Array;
  /** The row of the last point. */
  last(): Float64Array;
  /** By how much each cell rose from the first point to the last: where the count fell, all began again at 0. */
  increase(): Float64Array;
  /** All rows, one after the other, in the order of {@link times}. Decoded at the first call. */
  rows(): Float64Array;
  /** The recorded extremes of all its points. */
  extremes(): Extremes;
  /** The recorded min and max of each point, one after the other. Decoded at the first call. */
  extremesOfRows(): Float64Array;
}

/** Some points of one series, in the order of their times. */
export type Block = NumberBlock | HistogramBlock;

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
