import type { Attributes } from "@opentelemetry/api";
import type { Labels } from "../../query/index.ts";
import { Detector } from "../detector.ts";
import { Activity } from "../series/activity.ts";
import type { WatchedExpression } from "../series/expressions.ts";
import type { DetectorResult } from "../series/unusual-ranges.ts";
import type { Judged } from "./anomaly-metrics.ts";
import { ExpectedRanges } from "./expected-ranges.ts";

/** An anomaly that has begun. */
export interface BegunAnomaly {
  readonly metric: string;
  readonly kind: string;
  readonly labels: Labels;
  readonly score: number;
  /** `undefined` if several series are unusual together. */
  readonly value?: number;
  /** Lowest and highest usual value, if the detector has them. */
  readonly expected?: readonly [low: number, high: number] | undefined;
  /** Detector with the largest part, or `learned`. */
  readonly detector?: string | undefined;
  /** Series that are unusual together, the least usual first. */
  readonly contributions?: readonly Contribution[];
  /** Seconds since the epoch. */
  readonly since: number;
}

/** Part of a series in an anomaly of several series. */
export interface Contribution {
  readonly metric: string;
  readonly kind: string;
  readonly labels: Labels;
  /** From 0 to 1. */
  readonly share: number;
}

/** A series with its detector, and the latest result of its learned model. */
export class JudgedSeries implements Judged {
  readonly attributes: Attributes;
  readonly watched: WatchedExpression;
  /** Without the metric's name. */
  readonly labels: Labels;
  /** Result of the learned model for the latest window; `undefined` without a model. */
  learned: DetectorResult | undefined;
  /** Time of the last value, in seconds since the epoch. */
  lastSeconds = 0;
  /** Ranges of its values, for charts; `undefined` if they are not kept. */
  readonly ranges: ExpectedRanges | undefined;
  readonly #falseAlarmsPerDay: number;
  readonly #activity = new Activity();
  #detector: Detector;
  #score: number | undefined;
  #isInterrupted = false;

  /** @param given the state of an earlier detector of the series, and whether expected ranges are kept. */
  constructor(
    watched: WatchedExpression,
    labels: Labels,
    falseAlarmsPerDay: number,
    {
      state,
      keepsRanges = false,
    }: { readonly state?: Uint8Array | undefined; readonly keepsRanges?: boolean } = {},
  ) {
    this.watched = watched;
    this.ranges = keepsRanges ? new ExpectedRanges() : undefined;
    this.labels = labels;
    this.#falseAlarmsPerDay = falseAlarmsPerDay;
    this.#detector =
      state === undefined ? new Detector({ falseAlarmsPerDay }) : Detector.from(state, { falseAlarmsPerDay });
    this.attributes = {
      ...labels,
      "anomaly.metric": watched.metric,
      "anomaly.kind": watched.kind,
    };
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

  /** Whether the series is idle or has ended. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Seconds since the epoch from which a missing value is an anomaly; `undefined` during the warm-up. */
  get overdueAt(): number | undefined {
    return this.#detector.overdueAt;
  }

  /** State of the detector, for the next start. */
  state(): Uint8Array {
    return this.#detector.state();
  }

  /** Adds a value. Returns the anomaly that begins with it. NaN is that of a mean without measurements: the series is idle. */
  push(seconds: number, value: number): BegunAnomaly | undefined {
    this.lastSeconds = seconds;
    if (!Number.isFinite(value)) {
      this.interrupt();
      return undefined;
    }
    if (this.#isInterrupted)
      this.#detector = Detector.from(this.state(), { falseAlarmsPerDay: this.#falseAlarmsPerDay });
    this.#isInterrupted = false;
    const result = stronger(this.#detector.push(seconds, value), this.learned);
    this.#score = result?.score;
    if (result?.expected !== undefined) this.ranges?.push(seconds, result.expected);
    if (!this.#activity.push(seconds, result) || result === undefined) return undefined;
    const { score, expected, detector } = result;
    return { ...this.#name(), score, value, expected, detector, since: seconds };
  }

  /** The series is idle, or has ended. The time until its next value is not an anomaly. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#score = undefined;
    this.learned = undefined;
    this.#activity.end();
  }

  /** The next value is overdue. Returns the anomaly if it begins now. */
  miss(seconds: number): BegunAnomaly | undefined {
    this.#score = MISSING.score;
    if (!this.#activity.push(seconds, MISSING)) return undefined;
    return { ...this.#name(), score: MISSING.score, detector: "missing", since: seconds };
  }

  #name(): Pick<BegunAnomaly, "metric" | "kind" | "labels"> {
    return { metric: this.watched.metric, kind: this.watched.kind, labels: this.labels };
  }
}

// The score at which a detector alarms.
const MISSING = { score: 0.5, anomalous: true };

// One rule for both: the result with the higher score counts. An alarm of either is an alarm.
function stronger(
  streaming: DetectorResult | undefined,
  learned: DetectorResult | undefined,
): DetectorResult | undefined {
  if (learned === undefined) return streaming;
  const named = { ...learned, detector: "learned" };
  if (streaming === undefined) return named;
  const strongest = learned.score > streaming.score ? named : streaming;
  return { ...strongest, anomalous: streaming.anomalous || learned.anomalous };
}
