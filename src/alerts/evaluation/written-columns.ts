import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { RecordedColumn } from "./recorded-series.ts";

/** The series that a rule wrote last: those that it does not write again get a stale marker. */
export class WrittenColumns {
  #columns: ReadonlySet<RecordedColumn> = new Set();

  /** Writes a sample to each series, and ends the series of before that are not among them. */
  write(values: ReadonlyMap<RecordedColumn, number | NativeHistogram>, timeMillis: number): void {
    for (const column of this.#columns) if (!values.has(column)) column.end(timeMillis);
    for (const [column, value] of values) column.add(timeMillis, value);
    if (values.size > 0 || this.#columns.size > 0) this.#columns = new Set(values.keys());
  }
}
