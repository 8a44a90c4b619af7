import { show } from "../../diagnostics/show.ts";
import { histogramText } from "../../query/histograms/text.ts";
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { RecordedColumn } from "./recorded-column.ts";

/** The series that a rule wrote last: those that it does not write again get a stale marker. */
export class WrittenColumns {
  #columns: ReadonlySet<RecordedColumn> = new Set();

  /**
   * Writes a sample to each series, and ends the series of before that are not among them. As in Prometheus, a series keeps
   * the sample that another rule wrote at this time. Returns the error of the rule if its own one differs.
   */
  write(
    values: ReadonlyMap<RecordedColumn, number | NativeHistogram>,
    timeMillis: number,
  ): string | undefined {
    const refused: RecordedColumn[] = [];
    for (const column of this.#columns)
      if (!values.has(column) && !column.isOfOther(this, timeMillis)) column.end(timeMillis, this);
    for (const [column, value] of values) {
      if (!column.isOfOther(this, timeMillis)) column.add(timeMillis, value, this);
      else if (!isSame(column.last, value)) refused.push(column);
    }
    if (values.size > 0 || this.#columns.size > 0) this.#columns = new Set(values.keys());
    const [first] = refused;
    if (first === undefined) return undefined;
    const others = `${refused.length} with another one than an earlier rule's, such as ${show(first.labels)}`;
    return `series must have one value at a time, got ${others}; rename a rule, or add a label`;
  }
}

function isSame(
  left: number | NativeHistogram | undefined,
  right: number | NativeHistogram | undefined,
): boolean {
  if (typeof left !== "object" || typeof right !== "object") return Object.is(left, right);
  return histogramText(left) === histogramText(right);
}
