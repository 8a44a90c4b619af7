/** What stores of all aggregations have in common. */
import type { Attributes, Context } from "@opentelemetry/api";
import type { SeriesTable } from "../series/series-table.ts";

/** Takes the measurements of synchronous instruments. */
export interface Recorder {
  /**
   * Records a `value` that the instrument has checked, and answers the row of its series; {@link NO_ROW} where it has
   * none. Never throws.
   */
  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number;
  /** A handle to the series of `attributes`. */
  bind(attributes: Attributes | undefined): Handle;
}

/** The measurements of one stream by series, aggregated. */
export interface Store extends Recorder {
  /** Series and their rows. */
  readonly series: SeriesTable;
  /** Whether the row is to be exported: something was recorded in it since it was made or emptied, or it is shown empty. */
  isRecorded(row: number): boolean;
  /** Puts the row back to "nothing recorded". */
  empty(row: number): void;
}

/** One series of a recorder, held until released. */
export interface Handle {
  /** The row of the series, or {@link NO_ROW}. */
  readonly row: number;
  /** Records a value that the instrument has checked. */
  record(value: number): void;
  /** Lets go of the series. Nothing may be recorded through the handle afterwards. */
  release(): void;
}

/** What a recorder answers that keeps no series, or several. */
export const NO_ROW = -1;
