import type { Attributes } from "@opentelemetry/api";
import type { Labels } from "../../query/index.ts";
import type { Detector, DetectorName } from "../detector.ts";
import type { WatchedExpression } from "../series/expressions.ts";
import type { Judged } from "./anomaly-metrics.ts";

type Watched = Pick<WatchedExpression, "metric" | "kind">;

/** An anomaly that has begun. */
export interface BegunAnomaly extends Watched {
  readonly labels: Labels;
  readonly score: number;
  readonly value: number;
  /** Lowest and highest usual value, if the detector has them. */
  readonly expected: readonly [low: number, high: number] | undefined;
  /** Detector with the largest part. */
  readonly detector: DetectorName | undefined;
  /** Seconds since the epoch. */
  readonly since: number;
}

// From this score on, a value is unusual.
const UNUSUAL_SCORE = 0.5;
// Usual points in a row that end an anomaly.
const QUIET_POINTS = 10;

/** A series with its detector. */
export class WatchedSeries implements Judged {
  readonly attributes: Attributes;
  readonly detector: Detector;
  readonly #watched: Watched;
  readonly #labels: Labels;
  #score: number | undefined;
  #quietPoints = QUIET_POINTS;
  /** Time of the last value, in seconds since the epoch. */
  lastSeconds = 0;

  /** @param labels without the metric's name. */
  constructor(watched: Watched, labels: Labels, detector: Detector) {
    this.#watched = watched;
    this.#labels = labels;
    this.detector = detector;
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
    return this.#quietPoints < QUIET_POINTS;
  }

  /** Adds a value. Returns the anomaly that begins with it. */
  push(seconds: number, value: number): BegunAnomaly | undefined {
    this.lastSeconds = seconds;
    const verdict = this.detector.push(seconds, value);
    this.#score = verdict?.score;
    const wasActive = this.isActive;
    const isUnusual = verdict !== undefined && (verdict.anomalous || verdict.score >= UNUSUAL_SCORE);
    if (verdict?.anomalous === true || (wasActive && isUnusual)) this.#quietPoints = 0;
    else this.#quietPoints++;
    if (wasActive || verdict?.anomalous !== true) return undefined;
    const { score, expected, detector } = verdict;
    return { ...this.#watched, labels: this.#labels, score, value, expected, detector, since: seconds };
  }
}
