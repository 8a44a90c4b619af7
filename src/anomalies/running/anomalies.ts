// Detection of anomalies in the running SDK: series are evaluated at each interval. Each has a detector, and may have a model.
import { basename, dirname } from "node:path";
import { diag, type Meter } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { Events } from "../../events/events.ts";
import { StateFile } from "../../io/files/state-file.ts";
import { StateOwner } from "../../io/state-owner.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { Slices } from "../../io/yield.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { Labels } from "../../query/index.ts";
import type { AnomalySettings } from "../options.ts";
import type { WatchedExpression } from "../series/expressions.ts";
import { AnomalyMetrics, type Judged } from "./anomaly-metrics.ts";
import type { ExpectedBand } from "./expected-ranges.ts";
import { hasEnded } from "./ended-series.ts";
import { LearnedModels, type TrainingHistory } from "./learned-models.ts";
import { learnedStatesFrom, learnedText } from "./learned-states.ts";
import { type UnusualSpan, UnusualSpans } from "./unusual-spans.ts";
import { seriesKey, WatchedExpressions } from "./watched-expressions.ts";
import { type BegunAnomaly, JudgedSeries } from "./judged-series.ts";

/** Parts that the detection works with. */
export interface AnomaliesParts {
  readonly settings: AnomalySettings;
  /** Metrics that are watched. */
  readonly source: SampleSource;
  /** Beginning of all names; `undefined` without one. */
  readonly prefix?: string | undefined;
  /** Events in which anomalies are recorded. */
  readonly events: Pick<Events, "record">;
  readonly meter: Meter | undefined;
  /** Time between two values of a series, in milliseconds. */
  readonly intervalMillis: number;
  /** File that keeps what the detectors learned; `undefined` without one. */
  readonly file: string | undefined;
  /** Name of the service, whose file it must be. */
  readonly service: string;
  /** Whether the expected ranges of the last hour are kept, and the times at which series were unusual, for charts. */
  readonly keepsRanges: boolean;
  /** History in which models are trained, and the time between two of its values. `undefined` without a history. */
  readonly learned: { readonly history: TrainingHistory; readonly stepMillis: number } | undefined;
}

/** A series that is unusual. */
export interface UnusualNow {
  readonly metric: string;
  readonly kind: string;
  readonly labels: Labels;
  /** From 0 to 1. */
  readonly score: number;
  /** Its begin, in seconds since the epoch. */
  readonly since: number;
}

// Series that have vanished are forgotten after this time, to which a pause does not count.
const FORGET_SECONDS = 3_600;
const SAVE_MILLIS = 300_000;
// After a longer pause, the process or the machine was suspended.
const PAUSE_INTERVALS = 4;

/** Watches the series of the running SDK. */
export class Anomalies {
  readonly #parts: AnomaliesParts;
  readonly #expressions: WatchedExpressions;
  readonly #series = new Map<string, JudgedSeries>();
  readonly #spans = new UnusualSpans();
  readonly #metrics: AnomalyMetrics;
  readonly #file: StateFile | undefined;
  readonly #owner: StateOwner | undefined;
  /** States of the file that no series has taken yet. */
  #states = new Map<string, Uint8Array>();
  readonly #learned: LearnedModels | undefined;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #training: Promise<void> | undefined;
  #evaluatedMillis = 0;
  #pausedSeconds = 0;
  #savedMillis: number = performance.now();
  // Whether the last evaluation left out series.
  #isFull = false;
  #leavesOut = false;
  #hasLoggedLimit = false;
  #isOwner = false;

  private constructor(parts: AnomaliesParts) {
    this.#parts = parts;
    const { source, prefix, settings, meter, intervalMillis, file, service, learned } = parts;
    const { selectors } = settings;
    this.#expressions = new WatchedExpressions({ source, selectors, prefix, intervalMillis });
    // A model judges no values if steps are left out.
    const stepMillis = Math.max(learned?.stepMillis ?? 0, intervalMillis);
    this.#learned =
      learned && new LearnedModels({ ...learned, stepMillis, source, selectors, prefix, service });
    this.#metrics = new AnomalyMetrics(meter, () => this.#judged());
    if (file === undefined) return;
    this.#file = new StateFile({
      file,
      area: "anomalies",
      consequence: "detectors learn anew",
      content: () => learnedText(service, this.#learnedStates()),
    });
    this.#owner = new StateOwner({
      directory: dirname(file),
      name: `.${basename(file)}-owner`,
      area: "anomalies",
      refusal: `another process uses "${file}"; until it ends, what this process learns is not kept. Use a history for each process, or option group`,
      onOwned: () => this.#adopt(),
      onRefused: () => this.#read(),
    });
    this.#owner.begin();
  }

  /** Begins to watch. */
  static begin(parts: AnomaliesParts): Anomalies {
    const anomalies = new Anomalies(parts);
    anomalies.#wait();
    return anomalies;
  }

  /**
   * Expected range of the only watched series with one of these names and these labels, at times in seconds since the epoch.
   * `undefined` unless exactly one series matches, and if further series may not be watched.
   */
  expectedAt(
    { metrics, kind, labels }: Readonly<{ metrics: readonly string[]; kind: string; labels: Labels }>,
    times: readonly number[],
  ): ExpectedBand | undefined {
    if (this.#isFull) return undefined;
    const [only, ...others] = [...this.#series.values()].filter(
      ({ watched, labels: own }) =>
        watched.kind === kind &&
        metrics.includes(watched.metric) &&
        Object.entries(labels).every(([label, value]) => own[label] === value),
    );
    if (only === undefined || others.length > 0) return undefined;
    if (only.watched.selectedBy.some((label) => labels[label] === undefined)) return undefined;
    return only.ranges?.at(times, (2 * this.#parts.intervalMillis) / 1_000);
  }

  /** The series that are unusual now, the least usual first. */
  unusual(): readonly UnusualNow[] {
    return [...this.#judged()]
      .filter(({ isActive }) => isActive)
      .map(({ attributes, score = 0, since }) => {
        const { "anomaly.metric": metric, "anomaly.kind": kind, ...labels } = attributes;
        const texts = Object.entries(labels).map(([name, value]) => [name, String(value)]);
        return {
          metric: String(metric),
          kind: String(kind),
          labels: Object.fromEntries(texts),
          score,
          since,
        };
      })
      .toSorted((one, other) => other.score - one.score);
  }

  /** The times at which series were unusual since the start of the detection, if ranges are kept. */
  unusualSpans(): readonly UnusualSpan[] {
    return this.#spans.all();
  }

  /** Ends the evaluation in this turn. */
  stop(): void {
    this.#ending.abort();
    realClearTimeout(this.#timer);
    this.#metrics.end();
  }

  /** Ends the evaluation, and writes what the detectors learned. Never rejects. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
    await this.#training;
    this.#save();
    await this.#file?.close();
    await this.#owner?.close();
  }

  #adopt(): void {
    this.#isOwner = true;
    this.#read();
  }

  // After kill -9 of the previous owner, its states are those of series that have none here.
  #read(): void {
    const { service } = this.#parts;
    this.#states = this.#file?.read((text) => learnedStatesFrom(text, service)) ?? new Map();
    for (const key of this.#series.keys()) this.#states.delete(key);
  }

  // An evaluation that takes too long takes the place of the next one.
  #wait(): void {
    this.#timer = realSetTimeout(() => {
      this.#running ??= this.#evaluate().finally(() => {
        this.#running = undefined;
      });
      this.#wait();
    }, this.#parts.intervalMillis).unref();
  }

  // Never rejects: there will be another evaluation.
  async #evaluate(): Promise<void> {
    const { signal } = this.#ending;
    try {
      await this.#parts.source.catalogue().ready();
      const timeMillis = Date.now();
      const pauseMillis = Math.abs(timeMillis - this.#evaluatedMillis);
      if (pauseMillis > PAUSE_INTERVALS * this.#parts.intervalMillis) {
        this.#pausedSeconds = timeMillis / 1_000;
        this.#interrupt();
      }
      this.#evaluatedMillis = timeMillis;
      await this.#expressions.refresh(timeMillis, signal);
      await this.#applyModels(timeMillis, signal).catch((error: unknown) => {
        // The detectors need no history.
        if (!signal.aborted) warnOnceAMinute(`anomalies: models are not applied: ${errorMessage(error)}`);
      });
      const slices = new Slices();
      this.#leavesOut = false;
      for (const expression of this.#expressions.all) {
        for (const { labels, value } of await expression.at(timeMillis, signal)) {
          await slices.next();
          if (signal.aborted) return;
          await this.#push(expression.watched, labels, value, timeMillis, signal);
        }
      }
      this.#isFull = this.#leavesOut;
      await this.#checkAbsent(timeMillis, signal);
      if (this.#parts.keepsRanges) this.#spans.note(this.#series.values(), timeMillis / 1_000);
      this.#train(timeMillis, signal);
      if (performance.now() - this.#savedMillis >= SAVE_MILLIS) this.#save();
    } catch (error) {
      if (!signal.aborted) warnOnceAMinute(`anomalies: an evaluation failed: ${errorMessage(error)}`);
    }
  }

  async #applyModels(timeMillis: number, signal: AbortSignal): Promise<void> {
    const learned = await this.#learned?.apply(timeMillis, signal);
    if (learned === undefined) return;
    for (const [key, series] of this.#series) series.learned = learned.results.get(key);
    const begun = this.#learned?.joint?.push(timeMillis / 1_000, learned.values, this.#series);
    if (begun !== undefined) this.#record(begun);
  }

  // Beside the evaluations, since reading a week takes time. One series at a time.
  #train(timeMillis: number, signal: AbortSignal): void {
    this.#training ??= this.#learned
      ?.train(this.#series, timeMillis, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) warnOnceAMinute(`anomalies: a training failed: ${errorMessage(error)}`);
      })
      .finally(() => {
        this.#training = undefined;
      });
  }

  async #push(
    watched: WatchedExpression,
    labels: Labels,
    value: number,
    timeMillis: number,
    signal: AbortSignal,
  ): Promise<void> {
    const seconds = timeMillis / 1_000;
    const key = seriesKey(watched, labels);
    const series = this.#series.get(key) ?? this.#add(key, watched, labels);
    // Two selectors can select the same series.
    if (series === undefined || series.lastSeconds === seconds) return;
    const begun = series.push(seconds, value);
    if (begun === undefined) return;
    // The rate of a series that has ended falls until its window is empty.
    const isRate = watched.kind === "rate";
    if (isRate && (await this.#hasEnded(series, timeMillis, signal))) series.interrupt();
    else this.#record(begun);
  }

  #add(key: string, watched: WatchedExpression, labels: Labels): JudgedSeries | undefined {
    const { maxSeries, falseAlarmsPerDay } = this.#parts.settings;
    if (this.#series.size >= maxSeries && !this.#makeRoom(watched.rank)) return undefined;
    const { keepsRanges } = this.#parts;
    const series = new JudgedSeries(watched, labels, falseAlarmsPerDay, {
      state: this.#states.get(key),
      keepsRanges,
    });
    this.#states.delete(key);
    this.#series.set(key, series);
    return series;
  }

  // Removes the series of the least important metric, if it is less important than the new one.
  #makeRoom(rank: number): boolean {
    if (!this.#hasLoggedLimit)
      diag.info(`anomalies: only ${this.#series.size} series are watched; use option anomalies.maxSeries`);
    this.#isFull = this.#leavesOut = this.#hasLoggedLimit = true;
    let least: string | undefined;
    let leastRank = rank;
    for (const [key, { watched }] of this.#series)
      if (watched.rank > leastRank) [least, leastRank] = [key, watched.rank];
    if (least !== undefined) this.#series.delete(least);
    return least !== undefined;
  }

  // A series that ends on purpose has a stale marker. If all series are absent, the process does not collect.
  async #checkAbsent(timeMillis: number, signal: AbortSignal): Promise<void> {
    const seconds = timeMillis / 1_000;
    for (const [key, { lastSeconds }] of this.#series)
      if (seconds - Math.max(lastSeconds, this.#pausedSeconds) > FORGET_SECONDS) this.#series.delete(key);
    const absent = [...this.#series.values()].filter(({ lastSeconds }) => lastSeconds !== seconds);
    if (absent.length === this.#series.size) return this.#interrupt();
    for (const series of absent) {
      if (series.isInterrupted) continue;
      if (await this.#hasEnded(series, timeMillis, signal)) series.interrupt();
      else if (seconds >= (series.overdueAt ?? Infinity)) {
        const begun = series.miss(seconds);
        if (begun !== undefined) this.#record(begun);
      }
    }
  }

  #hasEnded(series: JudgedSeries, timeMillis: number, signal: AbortSignal): Promise<boolean> {
    return hasEnded(this.#parts.source, series, timeMillis, this.#expressions.windowSeconds, signal);
  }

  #interrupt(): void {
    for (const series of this.#series.values()) series.interrupt();
  }

  *#judged(): Generator<Judged> {
    yield* this.#series.values();
    const joint = this.#learned?.joint;
    if (joint !== undefined) yield joint;
  }

  #record({ labels, ...data }: BegunAnomaly): void {
    this.#parts.events.record({
      event_type: "anomaly.detected",
      source: "tachymeter.anomalies",
      data,
      labels,
    });
  }

  #save(): void {
    if (!this.#isOwner) return;
    this.#savedMillis = performance.now();
    this.#file?.changed();
  }

  // Those that no series has taken yet are kept, as far as there is room: a process may run for a moment only.
  *#learnedStates(): Generator<readonly [key: string, state: Uint8Array]> {
    for (const [key, series] of this.#series) yield [key, series.state()];
    const room = this.#parts.settings.maxSeries - this.#series.size;
    yield* [...this.#states].slice(0, Math.max(room, 0));
  }
}
