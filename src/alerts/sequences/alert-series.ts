// `ALERTS` and `ALERTS_FOR_STATE` of alerts on sequences of events.
import type { Alert } from "../alert.ts";
import type { RecordedColumn } from "../evaluation/recorded-column.ts";
import { RecordedSeries, type RecordedStore } from "../evaluation/recorded-series.ts";

/** The series of alerts, as rules over metrics write them. An alert has no sample before it fires. */
export class AlertSeries {
  readonly series: RecordedSeries;

  constructor(store?: RecordedStore) {
    this.series = new RecordedSeries({ store });
  }

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
    this.series.store(timeMillis);
    this.series.prune(timeMillis);
  }

  #column(labels: Alert["labels"], more: Alert["labels"]): RecordedColumn | undefined {
    const entries = Object.entries({ ...labels, ...more }).filter(([, value]) => value !== "");
    return this.series.column(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
  }
}
