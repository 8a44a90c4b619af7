import { type Checks, oneOf } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import { beginsAlarm, evidenceNeeded, forgetAlarms } from "./detectors/alarms.ts";
import { CELL, type Layout, layoutOf } from "./detectors/layout.ts";
import { PARAMETERS } from "./detectors/parameters.ts";
import { DETECTORS, EVIDENCE, SeriesEvidence } from "./detectors/series-evidence.ts";
import { memoryOfState } from "./detectors/state.ts";
import { secondsUntilOverdue } from "./detectors/timing.ts";

/**
 * Detector that contributes most to a score.
 *
 * - `level`: the mean of 20 points, against its own past
 * - `dispersion`: the standard deviation of 50 points, against its own past
 * - `season`: the mean of five residuals from hour of day, and day of week after two weeks
 * - `forecast`: the mean size of ten such residuals
 * - `rate`: the mean size of ten steps from point to point
 * - `flat`: a value that repeats longer than ever
 * - `missing`: a gap longer than ever, seen when the next point comes
 */
export type DetectorName = "level" | "dispersion" | "season" | "forecast" | "rate" | "flat" | "missing";

/** Options of {@link Detector}. */
export interface DetectorOptions {
  /**
   * Score of an alarm: 0.6 for `low`, 0.5 for `normal`, 0.4 for `high`.
   *
   * @defaultValue `"normal"`
   */
  readonly sensitivity?: "low" | "normal" | "high";
}

/** Verdict of {@link Detector.push} on one point. */
export interface Verdict {
  /**
   * From 0 (as usual) to 1: `e / (e + needed)`, with the sum `e` of all detectors' evidence. The evidence of a detector is
   * -log10 of a tail probability, from the past of the series. For points closer than 5 minutes it is reduced, since a day
   * has more of them. A distance that was seen before counts less. `needed` is 7 for a long series without alarms,
   * and 2.3 times as much in the first 12 hours. Each past alarm adds 60 % of it, forgotten over 3,000 points or 10 days.
   */
  readonly score: number;
  /**
   * True at the point at which an alarm begins. Then the detector rests for 130 points, longer if further ones are
   * unusual, at most a day.
   */
  readonly anomalous: boolean;
  /** Range in which 99.9 % of the points lie if errors are normally distributed, from the points before this one. */
  readonly expected: readonly [low: number, high: number];
  /** Detector with the largest part. Undefined if the score is 0. */
  readonly detector: DetectorName | undefined;
}

const THRESHOLDS = { low: 0.6, normal: 0.5, high: 0.4 } as const;
const CHECKS: Checks<DetectorOptions> = { sensitivity: oneOf("low", "normal", "high") };
// Standard deviations on each side.
const BAND = 3.3;
const LAYOUT: Layout = layoutOf(PARAMETERS);

/**
 * Finds unusual points of one series as they come, in about 1.5 KB and 1 µs a point, without training.
 *
 * It compares level, dispersion, season, rate of change, repetition and timing with the series' own past. It is made for
 * gauges and rates: push the rate of a counter, not its total. Numbers that are not finite are ignored.
 *
 * @example
 * ```ts
 * import { Detector } from "tachymeter/anomalies";
 *
 * const detector = new Detector();
 * const verdict = detector.push(Date.now() / 1_000, 21.5);
 * if (verdict?.anomalous) console.log(`${verdict.detector}: ${verdict.score}`);
 * ```
 */
export class Detector {
  #evidence = new SeriesEvidence(PARAMETERS, LAYOUT);
  readonly #threshold: number;

  /** @throws OptionsError if `sensitivity` is unknown. */
  constructor(options: DetectorOptions = {}) {
    this.#threshold = thresholdFrom(options);
  }

  /**
   * Continues with a {@link Detector.state | state}, so that a restart needs no new warm-up. The gap of the restart is not
   * reported as missing data. A state of another version, or a damaged one, is ignored: the detector starts anew.
   *
   * @throws OptionsError if `sensitivity` is unknown.
   */
  static from(state: Uint8Array, options: DetectorOptions = {}): Detector {
    const detector = new Detector(options);
    const memory = memoryOfState(state, LAYOUT);
    if (memory !== undefined) detector.#evidence = new SeriesEvidence(PARAMETERS, LAYOUT, memory);
    return detector;
  }

  /**
   * Adds a point. Returns undefined during the warm-up of 150 points, and for numbers that are not finite.
   *
   * @param time seconds since the epoch; if it goes back, the time between the two points is ignored
   */
  push(time: number, value: number): Verdict | undefined {
    if (!Number.isFinite(time) || !Number.isFinite(value)) return undefined;
    const evidence = this.#evidence;
    const { cells } = evidence;
    // Before the point is learned, so that `overdueAt` holds for it.
    const needed = evidenceNeeded(cells, PARAMETERS);
    const sum = evidence.push(time, value);
    if (!evidence.isWarm) return undefined;
    forgetAlarms(cells, PARAMETERS);
    const score = sum / (sum + needed);
    const anomalous = score >= this.#threshold && beginsAlarm(cells, time, PARAMETERS);
    const width = BAND * Math.sqrt(evidence.forecastError);
    const expected = [evidence.forecast - width, evidence.forecast + width] as const;
    return { score, anomalous, expected, detector: sum > 0 ? strongest() : undefined };
  }

  /**
   * Seconds since the epoch from which a missing point is an anomaly: an alarm follows if the next point is later.
   * Undefined during the warm-up.
   */
  get overdueAt(): number | undefined {
    const { cells, isWarm } = this.#evidence;
    if (!isWarm) return undefined;
    const needed = (evidenceNeeded(cells, PARAMETERS) * this.#threshold) / (1 - this.#threshold);
    return cells[CELL.lastTime]! + secondsUntilOverdue(cells, needed);
  }

  /** Returns all that the detector has learned, in about 1.2 KB, for {@link Detector.from}. */
  state(): Uint8Array {
    return new Uint8Array(this.#evidence.cells.buffer.slice(0));
  }
}

function thresholdFrom(options: DetectorOptions): number {
  const { sensitivity } = parsed("detector", (parser) => parser.fields("options", options, CHECKS));
  return THRESHOLDS[sensitivity ?? "normal"];
}

function strongest(): DetectorName {
  let most = 0;
  for (let i = 1; i < EVIDENCE.length; i++) if (EVIDENCE[i]! > EVIDENCE[most]!) most = i;
  return DETECTORS[most]!;
}
