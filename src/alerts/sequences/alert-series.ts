// `ALERTS` and `ALERTS_FOR_STATE` of alerts on sequences of events.
import type { Alert } from "../alert.ts";
import { type RecordedColumn, RecordedSeries } from "../evaluation/recorded-series.ts";

/** The series of alerts, as rules over metrics write them. An alert has no sample before it fires. */
export class AlertSeries {
  /** The last hour of them. */
  readonly series: RecordedSeries = new RecordedSeries();

  /** Writes a sample of each firing alert, and ends the series of each resolved one. */
  write(alerts: readonly Alert[], timeMillis: number): void {
    for (const { labels, state, activeAt } of alerts) {
      const columns = [
        [this.#column(labels, { __name__: "ALERTS", alertstate: "firing" }), 1],
        [this.#column(labels, { __name__: "ALERTS_FOR_STATE" }), Math.floor(activeAt)],
      ] as const;
      for (const [column, value] of columns) {
        if (state === "firing") column?.add(timeMillis, value);
        else if (column?.size !== 0) column?.end(timeMillis);
      }
    }
    this.series.prune(timeMillis);
  }

  #column(labels: Alert["labels"], more: Alert["labels"]): RecordedColumn | undefined {
    const entries = Object.entries({ ...labels, ...more }).filter(([, value]) => value !== "");
    return this.series.column(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
  }
}
