// What is shown of a series beside its labels and its value.
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import { millisFromHrTime } from "../../../engine/collection/resource-metrics.ts";
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { SampleContext, Shown } from "./format-kit.ts";

const NO_EXEMPLARS: readonly Exemplar[] = [];

/** What is shown of a series beside its value; one object for all series, filled for each. */
export class SeriesContext implements SampleContext, Shown {
  timeUnixMillis = 0;
  startTimeUnixMillis = 0;
  exemplars: readonly Exemplar[] = [];
  /** Whether samples have times. */
  readonly showsTimes: boolean;
  /** Whether it is told since when a series counts. */
  readonly showsCreated: boolean;
  /** Whether exemplars are shown. */
  readonly showsExemplars: boolean;
  readonly #collectedUnixMillis: number;

  constructor(collectedUnixMillis: number, shows: Shown) {
    this.#collectedUnixMillis = collectedUnixMillis;
    this.showsTimes = shows.showsTimes;
    this.showsCreated = shows.showsCreated;
    this.showsExemplars = shows.showsExemplars;
  }

  /** Reads what is shown of a visited series. */
  read({ series }: CollectedMetric, row: number, isCounting: boolean): void {
    this.timeUnixMillis = this.#collectedUnixMillis;
    if (this.showsTimes) {
      const times = series.timesOf?.(row);
      if (times !== undefined) this.timeUnixMillis = millisFromHrTime(times.endTime);
    }
    this.startTimeUnixMillis = this.showsCreated && isCounting ? series.startTimeOf(row) : 0;
    this.exemplars = this.showsExemplars && isCounting ? series.exemplarsOf(row) : NO_EXEMPLARS;
  }
}
