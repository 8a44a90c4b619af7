/** The group's side of the series of its members. */
import type { Attributes } from "@opentelemetry/api";
import type { RowGrowth } from "../../engine/aggregation/row-growth.ts";

export interface ContributionTarget {
  /** The group's row of a member's series. */
  rowOf(attributes: Attributes, startTime: number): number;
  /** The sum of a row has changed. */
  changed(row: number): void;
  /** All figures of a row have changed. */
  changedWholly(row: number): void;
  /** Adds what a member has recorded to a row, except for the sum. */
  grow(row: number, growth: RowGrowth): void;
  /** As `grow`, from a reading. @param reading is written to. */
  add(row: number, reading: Float64Array): void;
  /** Keeps the last figures of a series that has ended, or begins again. They are part of the row already. */
  retire(row: number, cells: Float64Array): void;
  /**
   * A live member does not have a series any more, whose figures stay for the moment.
   *
   * @param isRemoved whether the application has removed it.
   */
  left(row: number, isRemoved: boolean): void;
  /** The application has removed a series of this process, which had these figures. They are part of the row already. */
  removedHere(row: number, cells: Float64Array): void;
}

export interface ContributionOptions {
  /**
   * Sign of a series that its member counts from 0 again:
   *
   * - `byStart`: a later start, of recorded series. One without a row has ended.
   * - `byFall`: a lower total, of observed series, since callbacks may begin with any. They may be missing for a while.
   * - `byBoth`: either, of a `MetricSource`. They may be missing for a while, too.
   */
  readonly restarts: "byStart" | "byFall" | "byBoth";
  /** Whether the figures of series and members that have ended stay. */
  readonly atEnd: "stays" | "leaves";
  /** Whether sums never fall. */
  readonly neverFalls: boolean;
}
