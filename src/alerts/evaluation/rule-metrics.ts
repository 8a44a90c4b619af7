import type { Counter, Histogram, Meter, ObservableCallback, ObservableGauge } from "@opentelemetry/api";

/** Number of alerts by state. */
export interface AlertCounts {
  readonly pending: number;
  readonly firing: number;
}

/** Metrics of rules: failures, durations and active alerts. */
export class RuleMetrics {
  readonly #failures: Counter | undefined;
  readonly #duration: Histogram | undefined;
  readonly #active: ObservableGauge | undefined;
  readonly #observe: ObservableCallback;

  /** @param count returns the current number of alerts. */
  constructor(meter: Meter | undefined, count: () => AlertCounts) {
    this.#failures = meter?.createCounter("alerts.rule.failures", {
      unit: "{failure}",
      description:
        "Evaluations of rules that failed, and those that were left out since the one before was late.",
    });
    this.#duration = meter?.createHistogram("alerts.rule.duration", {
      unit: "s",
      description: "Time that the evaluation of a group of rules takes.",
      advice: { explicitBucketBoundaries: [] },
    });
    this.#active = meter?.createObservableGauge("alerts.active", {
      unit: "{alert}",
      description: "Alerts by state.",
    });
    this.#observe = (result) => {
      const { pending, firing } = count();
      result.observe(pending, { "alert.state": "pending" });
      result.observe(firing, { "alert.state": "firing" });
    };
    this.#active?.addCallback(this.#observe);
  }

  /** Ends the observation of active alerts. */
  end(): void {
    this.#active?.removeCallback(this.#observe);
  }

  /** Counts failed or missed evaluations of a group. */
  failed(group: string, count: number): void {
    if (count > 0) this.#failures?.add(count, { "alert.rule.group": group });
  }

  /** Records the time that an evaluation of a group took. */
  evaluated(group: string, durationSeconds: number): void {
    this.#duration?.record(durationSeconds, { "alert.rule.group": group });
  }
}
