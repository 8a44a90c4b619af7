/** How the series of one metric are walked: cell by cell, without an allocation. */
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { Exemplar } from "../exemplars/reservoir.ts";

export interface SeriesVisitor {
  /**
   * One series. What its cells say depends on the metric's kind:
   *
   * - `sum`, `gauge`: the value.
   * - `histogram`, `exponentialHistogram`: as `EXPLICIT` and `EXPONENTIAL` of `cell-layout.ts` name them.
   *
   * The cells are only valid during the call. `row` is for the source's other questions.
   */
  series(cells: Float64Array, offset: number, row: number): void;
}

/** When one series was measured, to the nanosecond. */
export interface PointTimes {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/**
 * The series of one metric in one collection. What it answers holds until the reader's next collection. Positions that
 * hold no series are passed over; a walk in slices (`visit(0, 4096, …)`, `visit(4096, 8192, …)`) gives each series once,
 * as it is at that moment where the temporality is cumulative.
 */
export interface SeriesSource {
  /** One more than the last position. */
  readonly length: number;
  /** Shows the visitor the series at positions `from` to `to`, `to` not included. Allocates nothing. */
  visit(from: number, to: number, visitor: SeriesVisitor): void;
  /** Copies the ids of a visited series' pairs to `ids`, as far as there is room. Returns how many there are. */
  pairsOf(row: number, ids: Int32Array): number;
  /** A visited series' attributes, as a new object. */
  attributesOf(row: number): Attributes;
  /** Since when a visited series has been measured, in milliseconds since the epoch. */
  startTimeOf(row: number): number;
  /** Where series come from another provider: the visited series' own times, in place of `startTimeOf` and of the collection's. */
  timesOf?(row: number): PointTimes;
  /** The exemplars of a visited series; asking for them starts their sampling anew. */
  exemplarsOf(row: number): readonly Exemplar[];
}
