/** Walks over the series of one metric, cell by cell and without allocation. */
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { SeriesTable } from "../series/series-table.ts";

export interface SeriesVisitor {
  /**
   * Visits one series. The meaning of its cells depends on the metric's kind:
   *
   * - `sum`, `gauge`: the value.
   * - `histogram`, `exponentialHistogram`: see `EXPLICIT` and `EXPONENTIAL` in `cell-layout.ts`.
   *
   * The cells are valid during the call only. `row` is the argument of the source's other methods.
   */
  series(cells: Float64Array, offset: number, row: number): void;
}

/**
 * Called with a series that ends, before its row is given back.
 *
 * @param last its cells. @param isRemoved whether the application has removed it. If not, it was idle.
 */
export type OnSeriesEnd = (last: Float64Array, row: number, isRemoved: boolean) => void;

/** Start and end time of one series, in nanoseconds. */
export interface PointTimes {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/**
 * The series of one metric in one collection, valid until the reader's next collection. Positions without a
 * series are skipped. A walk in slices (`visit(0, 4096, …)`, `visit(4096, 8192, …)`) visits each series once.
 * With cumulative temporality, each series then has its values of the moment of the visit.
 */
export interface SeriesSource {
  /** One more than the last position. */
  readonly length: number;
  /** Visits the series at positions `from` to `to` (exclusive). Allocates nothing. */
  visit(from: number, to: number, visitor: SeriesVisitor): void;
  /** Copies the pair ids of a visited series to `ids`, as far as there is room. Returns the number of pairs. */
  pairsOf(row: number, ids: Int32Array): number;
  /** Changes whenever a row gets other attributes or another start time; `undefined` if that is unknown. */
  readonly version?: number | undefined;
  /** Attributes of a visited series, as a new object. */
  attributesOf(row: number): Attributes;
  /** Start time of a visited series, in milliseconds since the epoch. */
  startTimeOf(row: number): number;
  /** Lowers start times after a collection's time to that time: see `SeriesTable`. Used for series outside of a provider. */
  startBy?(unixMillis: number): void;
  /** Times of a visited series from another provider. They replace `startTimeOf` and the collection's time. */
  timesOf?(row: number): PointTimes;
  /** Calls `onEnd` with each series that ends from now on, in place of the function before. Not all sources do. */
  watch?(onEnd: OnSeriesEnd): void;
  /** The table of the rows, if they are limited. */
  readonly table?: SeriesTable;
  /** Whether a series may have exemplars; `undefined` if unknown. */
  readonly hasExemplars?: boolean;
  /** Exemplars of a visited series. Reading them restarts their sampling. */
  exemplarsOf(row: number): readonly Exemplar[];
}
