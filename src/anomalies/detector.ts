import type { Checks } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import { evidenceNeeded, evidenceNeededAlone, learnEpisode } from "./detectors/episodes.ts";
import { CELL, type Layout, layoutOf } from "./detectors/layout.ts";
import { PARAMETERS } from "./detectors/parameters.ts";
import { DETECTORS, EVIDENCE, SeriesEvidence } from "./detectors/series-evidence.ts";
import { memoryOfState } from "./detectors/state.ts";
import { secondsUntilOverdue } from "./detectors/timing.ts";
import { type DetectorOptions, FALSE_ALARMS, falseAlarmsFrom, SENSITIVITY } from "./false-alarms.ts";

/**
 * Detector that contributes most to a score.
 *
 * - `level`: the mean of 20 points, against its own past
 * - `season`: the mean of five residuals from hour of day, and day of week after two weeks
 * - `forecast`: the mean size of ten such residuals
 * - `flat`: a value that repeats longer than ever
 * - `missing`: a gap longer than ever, seen when the next point comes
 */
export type DetectorName = "level" | "season" | "forecast" | "flat" | "missing";

/** Verdict of {@link Detector.push} on one point. */
export interface Verdict {
  /**
   * From 0 (as usual) to 1: `e / (e + needed)`, with the sum `e` of all detectors' evidence. The evidence of a detector is
   * -log10 of a tail probability, from the past of the series. `needed` is the evidence that a series like this one reaches
   * `falseAlarmsPerDay` times a day. It depends on the number and the height of its past episodes. In the first 12 hours the
   * surplus above 3 is doubled.
   */
  readonly score: number;
  /**
   * True at the point at which an alarm begins: the first with a score of 0.5 in an episode. An episode ends after 130 usual
   * points, or after a day.
   */
  readonly anomalous: boolean;
  /** Range in which 99.9 % of the points lie if errors are normally distributed, from the points before this one. */
  readonly expected: readonly [low: number, high: number];
  /** Detector with the largest part. Undefined if the score is 0. */
  readonly detector: DetectorName | undefined;
}

// Standard deviations on each side.
const BAND = 3.3;
const CHECKS: Checks<DetectorOptions> = { falseAlarmsPerDay: FALSE_ALARMS, sensitivity: SENSITIVITY };
const LAYOUT: Layout = layoutOf(PARAMETERS);

/**
 * Finds unusual points of one series as they come, in about 1.2 KB and 1 µs a point, without training.
 *
 * It compares level, season, size of the errors of a forecast, repetition and timing with the series' own past. It is made for
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
  readonly #falseAlarmsPerDay: number;

  /** @throws OptionsError if an option is invalid. */
  constructor(options: DetectorOptions = {}) {
    this.#falseAlarmsPerDay = falseAlarmsFrom(
      parsed("detector", (parser) => parser.fields("options", options, CHECKS)),
    );
  }

  /**
   * Continues with a {@link Detector.state | state}, so that a restart needs no new warm-up. The gap of the restart is not
   * reported as missing data. A state of another version, or a damaged one, is ignored: the detector starts anew.
   *
   * @throws OptionsError if an option is invalid.
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
    const usual = evidenceNeeded(cells, PARAMETERS, this.#falseAlarmsPerDay);
    const alone = this.#neededAlone;
    const sum = evidence.push(time, value);
    if (!evidence.isWarm) return undefined;
    const detector = sum > 0 ? strongest() : undefined;
    const needed = detector === "flat" || detector === "missing" ? Math.min(usual, alone) : usual;
    const score = sum / (sum + needed);
    const canAlarm = learnEpisode(cells, time, sum, PARAMETERS);
    const anomalous = canAlarm && sum >= needed;
    if (anomalous) cells[CELL.hasAlarm] = 1;
    const width = BAND * Math.sqrt(evidence.forecastError);
    const expected = [evidence.forecast - width, evidence.forecast + width] as const;
    return { score, anomalous, expected, detector };
  }

  /**
   * Seconds since the epoch from which a missing point is an anomaly: an alarm follows if the next point is later.
   * Undefined during the warm-up.
   */
  get overdueAt(): number | undefined {
    const { cells, isWarm } = this.#evidence;
    if (!isWarm) return undefined;
    const needed = Math.min(evidenceNeeded(cells, PARAMETERS, this.#falseAlarmsPerDay), this.#neededAlone);
    return cells[CELL.lastTime]! + secondsUntilOverdue(cells, needed);
  }

  get #neededAlone(): number {
    return evidenceNeededAlone(this.#evidence.cells, PARAMETERS, this.#falseAlarmsPerDay);
  }

  /** Returns all that the detector has learned, in about 1 KB, for {@link Detector.from}. */
  state(): Uint8Array {
    return new Uint8Array(this.#evidence.cells.buffer.slice(0));
  }
}

function strongest(): DetectorName {
  let most = 0;
  for (let i = 1; i < EVIDENCE.length; i++) if (EVIDENCE[i]! > EVIDENCE[most]!) most = i;
  return DETECTORS[most]!;
}
