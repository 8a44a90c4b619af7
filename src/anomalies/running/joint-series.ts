// The group of watched series, as a series of its own.
import type { Attributes } from "@opentelemetry/api";
import { JOINT_ALARM, type JointModel, JointWatch } from "../../history/models/joint-model.ts";
import { learnedScore } from "../models/learned-score.ts";
import { Activity } from "../series/activity.ts";
import type { Judged } from "./anomaly-metrics.ts";
import type { BegunAnomaly, Contribution, JudgedSeries } from "./judged-series.ts";

// Series with a smaller part are not named.
const MOST_NAMED = 5;

/** A group of series that the joint model watches. */
export class JointSeries implements Judged {
  readonly attributes: Attributes = { "anomaly.metric": "joint", "anomaly.kind": "joint" };
  readonly #names: readonly string[];
  readonly #watch: JointWatch;
  readonly #row: Float64Array;
  readonly #activity = new Activity();
  #score: number | undefined;

  /** @param model with the keys of its series as names. */
  constructor(model: JointModel) {
    this.#names = model.names ?? [];
    this.#watch = new JointWatch(model);
    this.#row = new Float64Array(model.columns);
  }

  get score(): number | undefined {
    return this.#score;
  }

  get isActive(): boolean {
    return this.#activity.isActive;
  }

  get since(): number {
    return this.#activity.since;
  }

  /** Adds the values of one time, by the keys of their series. Returns the anomaly that begins with them. */
  push(
    seconds: number,
    values: ReadonlyMap<string, number>,
    series: ReadonlyMap<string, JudgedSeries>,
  ): BegunAnomaly | undefined {
    for (const [i, name] of this.#names.entries()) this.#row[i] = values.get(name) ?? Number.NaN;
    const verdict = this.#watch.push(this.#row);
    this.#score = verdict && learnedScore(verdict.probability, JOINT_ALARM);
    const result = verdict && { score: this.#score ?? 0, anomalous: verdict.isAlarm };
    if (!this.#activity.push(seconds, result) || verdict === undefined) return undefined;
    return {
      metric: "joint",
      kind: "joint",
      labels: {},
      score: this.#score ?? 0,
      detector: "learned",
      contributions: this.#named(verdict.contributions, series),
      since: seconds,
    };
  }

  #named(shares: readonly number[], series: ReadonlyMap<string, JudgedSeries>): readonly Contribution[] {
    return this.#names
      .flatMap((name, i): Contribution[] => {
        const found = series.get(name);
        if (found === undefined) return [];
        const { watched, labels } = found;
        return [{ metric: watched.metric, kind: watched.kind, labels, share: shares[i] ?? 0 }];
      })
      .toSorted((one, other) => other.share - one.share)
      .slice(0, MOST_NAMED);
  }
}
