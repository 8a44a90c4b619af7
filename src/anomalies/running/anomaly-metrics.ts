import type { Attributes, BatchObservableCallback, Meter, Observable } from "@opentelemetry/api";

/** A series with a verdict. */
export interface Judged {
  /** `anomaly.metric`, `anomaly.kind` and the labels of the series. */
  readonly attributes: Attributes;
  /** From 0 to 1. `undefined` while the detector has too few points. */
  readonly score: number | undefined;
  readonly isActive: boolean;
  /** Begin of the last anomaly, in seconds since the epoch; NaN before it. */
  readonly since: number;
}

/** Metrics `anomaly.score` and `anomaly.active`. */
export class AnomalyMetrics {
  readonly #end: () => void;

  /** @param judged returns all watched series, at most {@link AnomalySettings.maxSeries}. */
  constructor(meter: Meter | undefined, judged: () => Iterable<Judged>) {
    if (meter === undefined) {
      this.#end = () => {};
      return;
    }
    const score = meter.createObservableGauge("anomaly.score", {
      description: "How unusual the last value of a series is, from 0 to 1.",
    });
    const active = meter.createObservableGauge("anomaly.active", {
      description: "1 while a series is unusual, else 0.",
    });
    const observables: Observable[] = [score, active];
    const observe: BatchObservableCallback = (result) => {
      for (const { attributes, score: value, isActive } of judged()) {
        if (value === undefined) continue;
        result.observe(score, value, attributes);
        result.observe(active, isActive ? 1 : 0, attributes);
      }
    };
    meter.addBatchObservableCallback(observe, observables);
    this.#end = () => meter.removeBatchObservableCallback(observe, observables);
  }

  /** Ends the observation. */
  end(): void {
    this.#end();
  }
}
