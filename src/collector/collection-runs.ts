import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import type { GuardedCounter, GuardedGauge } from "../recording/guarded-instruments.ts";

/** Counts periodic collections: those of the collector and of the readers that push. */
export class CollectionRuns {
  readonly #runs: GuardedCounter;
  readonly #duration: GuardedGauge;
  readonly #metrics: GuardedGauge;

  constructor(options: FacadeOptions = {}) {
    const meter = new FacadeMeter("tachymeter.telemetry", options);
    this.#runs = meter.counter("telemetry.collection.runs", "{run}", "Periodic collections that succeeded.");
    this.#duration = meter.gauge(
      "telemetry.collection.duration",
      "s",
      "Duration of the last periodic collection.",
    );
    this.#metrics = meter.gauge(
      "telemetry.metrics.count",
      "{metric}",
      "Metrics in the last periodic collection.",
    );
  }

  /** Records a successful collection. `metricsCount` is the number of metrics, not of series. */
  record(durationSeconds: number, metricsCount: number): void {
    this.#runs.add(1);
    this.#duration.record(durationSeconds);
    this.#metrics.record(metricsCount);
  }
}
