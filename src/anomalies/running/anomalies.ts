// Detection of anomalies in the running SDK: series are evaluated at each interval, and each has a detector.
import { diag, type Meter } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { Events } from "../../events/events.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { Slices } from "../../io/yield.ts";
import type { CapableSource } from "../../query/capable-source.ts";
import type { Labels } from "../../query/index.ts";
import { labelsKey } from "../../query/labels-key.ts";
import { Detector } from "../detector.ts";
import type { AnomalySettings } from "../options.ts";
import type { WatchedExpression } from "../series/expressions.ts";
import { AnomalyMetrics } from "./anomaly-metrics.ts";
import { StateFile } from "./state-file.ts";
import { WatchedExpressions } from "./watched-expressions.ts";
import { type BegunAnomaly, WatchedSeries } from "./watched-series.ts";

/** Parts that the detection works with. */
export interface AnomaliesParts {
  readonly settings: AnomalySettings;
  /** Metrics that are watched. */
  readonly source: CapableSource;
  /** Events in which anomalies are recorded. */
  readonly events: Events;
  readonly meter: Meter | undefined;
  /** Time between two values of a series, in milliseconds. */
  readonly intervalMillis: number;
  /** File that keeps what the detectors learned; `undefined` without one. */
  readonly file: string | undefined;
  /** Name of the service, whose file it must be. */
  readonly service: string;
}

// Series that have vanished are forgotten after this time.
const FORGET_SECONDS = 3_600;
const SAVE_MILLIS = 300_000;

/** Watches the series of the running SDK. */
export class Anomalies {
  readonly #parts: AnomaliesParts;
  readonly #expressions: WatchedExpressions;
  readonly #series = new Map<string, WatchedSeries>();
  readonly #metrics: AnomalyMetrics;
  readonly #file: StateFile | undefined;
  /** States of the file that no series has taken yet. */
  readonly #learned: Map<string, Uint8Array>;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #savedMillis: number = performance.now();
  #isFull = false;

  private constructor(parts: AnomaliesParts) {
    this.#parts = parts;
    this.#expressions = new WatchedExpressions(parts.source, parts.settings.selectors, parts.intervalMillis);
    this.#metrics = new AnomalyMetrics(parts.meter, () => this.#series.values());
    this.#file = parts.file === undefined ? undefined : new StateFile(parts.file, parts.service);
    this.#learned = this.#file?.read() ?? new Map();
  }

  /** Begins to watch. */
  static begin(parts: AnomaliesParts): Anomalies {
    const anomalies = new Anomalies(parts);
    anomalies.#wait();
    return anomalies;
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
    await this.#save();
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
      await this.#parts.source.ready?.();
      const timeMillis = Date.now();
      await this.#expressions.refresh(timeMillis, signal);
      const slices = new Slices();
      for (const expression of this.#expressions.all) {
        for (const { labels, value } of await expression.at(timeMillis, signal)) {
          await slices.next();
          if (signal.aborted) return;
          this.#push(expression, labels, timeMillis / 1_000, value);
        }
      }
      this.#forget(timeMillis / 1_000);
      if (performance.now() - this.#savedMillis >= SAVE_MILLIS) await this.#save();
    } catch (error) {
      if (!signal.aborted) warnOnceAMinute(`anomalies: an evaluation failed: ${errorMessage(error)}`);
    }
  }

  #push(watched: WatchedExpression, labels: Labels, seconds: number, value: number): void {
    const key = `${watched.kind} ${watched.metric} ${labelsKey(labels)}`;
    const series = this.#series.get(key) ?? this.#add(key, watched, labels);
    const begun = series?.push(seconds, value);
    if (begun !== undefined) this.#record(begun);
  }

  #add(key: string, watched: WatchedExpression, labels: Labels): WatchedSeries | undefined {
    const { maxSeries, sensitivity } = this.#parts.settings;
    if (this.#series.size >= maxSeries) {
      if (!this.#isFull)
        diag.info(`anomalies: ${maxSeries} series are watched, and no more; use option anomalies.maxSeries`);
      this.#isFull = true;
      return undefined;
    }
    const state = this.#learned.get(key);
    this.#learned.delete(key);
    const detector = (state && Detector.from(state, { sensitivity })) ?? new Detector({ sensitivity });
    const series = new WatchedSeries(watched, labels, detector);
    this.#series.set(key, series);
    return series;
  }

  #forget(seconds: number): void {
    for (const [key, { lastSeconds }] of this.#series)
      if (seconds - lastSeconds > FORGET_SECONDS) this.#series.delete(key);
  }

  #record({ labels, ...data }: BegunAnomaly): void {
    this.#parts.events.record({
      event_type: "anomaly.detected",
      source: "tachymeter.anomalies",
      data,
      labels,
    });
  }

  async #save(): Promise<void> {
    if (this.#file === undefined) return;
    this.#savedMillis = performance.now();
    const slices = new Slices();
    const states = new Map<string, Uint8Array>();
    for (const [key, { detector }] of this.#series) {
      states.set(key, detector.state());
      await slices.next();
    }
    await this.#file.write(states);
  }
}
