// Learned models of the running SDK: trained from the history, in its thread, and applied to the values of each step.
import { WindowDetector } from "../models/window-detector.ts";
import {
  type LearnedModel,
  removeModel,
  stillFits,
  storedModels,
  storeModel,
} from "../models/stored-models.ts";
import type { DetectorResult } from "../series/unusual-ranges.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { Selector } from "../../query/index.ts";
import type { HistoryStore } from "../../history/history-store.ts";
import { Slices } from "../../io/yield.ts";
import { JointSeries } from "./joint-series.ts";
import { joined, type PastValues, pastValues } from "./past-values.ts";
import { seriesKey, WatchedExpressions } from "./watched-expressions.ts";
import type { JudgedSeries } from "./judged-series.ts";

/** History in which models are trained and stored. */
export type TrainingHistory = Pick<HistoryStore, "trainWindow" | "trainJoint" | "models" | "putModel">;

/** Parts that learned models work with. */
export interface LearnedParts {
  readonly history: TrainingHistory;
  /** Metrics of the process, and of its past. */
  readonly source: SampleSource;
  readonly selectors: readonly Selector[];
  /** Beginning of all names; `undefined` without one. */
  readonly prefix?: string | undefined;
  /** Name of the service, whose models they are. */
  readonly service: string;
  /** Time between two values of a series, in milliseconds: at least that of the history. */
  readonly stepMillis: number;
}

/** Results for the values of one step. */
export interface LearnedResults {
  /** By the key of the series. */
  readonly results: ReadonlyMap<string, DetectorResult | undefined>;
  readonly values: ReadonlyMap<string, number>;
}

const NO_RESULTS: LearnedResults = { results: new Map(), values: new Map() };
const DAY_SECONDS = 86_400;
// The first series in order of importance.
const MAX_SERIES = 500;
const MAX_GROUP = 32;
const JOINT = "joint";

/** Trains one series at a time, each once a day, and then the group. */
export class LearnedModels {
  readonly #parts: LearnedParts;
  readonly #expressions: WatchedExpressions;
  readonly #stepSeconds: number;
  readonly #detectors = new Map<string, WindowDetector>();
  readonly #models = new Map<string, LearnedModel>();
  /** Seconds since the epoch of the last training, successful or not. */
  readonly #trained = new Map<string, number>();
  // Seconds since the epoch of the last training at which the series of a detector was present.
  readonly #seen = new Map<string, number>();
  #joint: JointSeries | undefined;
  #loading: Promise<void> | undefined;
  #lastStep = Number.NaN;

  constructor(parts: LearnedParts) {
    this.#parts = parts;
    this.#stepSeconds = parts.stepMillis / 1_000;
    this.#expressions = new WatchedExpressions({ ...parts, intervalMillis: parts.stepMillis });
  }

  /** The group; `undefined` without a model. */
  get joint(): JointSeries | undefined {
    return this.#joint;
  }

  /** Applies the models to the values of the latest step. `undefined` if no step has begun since the last call. */
  async apply(timeMillis: number, signal: AbortSignal): Promise<LearnedResults | undefined> {
    await this.#loaded();
    const step = Math.floor(timeMillis / this.#parts.stepMillis);
    if (step === this.#lastStep) return undefined;
    if (this.#models.size === 0) return NO_RESULTS;
    const isLate = step !== this.#lastStep + 1;
    this.#lastStep = step;
    await this.#expressions.refresh(timeMillis, signal);
    const seconds = step * this.#stepSeconds;
    const values = await this.#values(seconds, signal);
    const slices = new Slices();
    const results = new Map<string, DetectorResult | undefined>();
    for (const [key, detector] of this.#detectors) {
      await slices.next();
      if (isLate) detector.push(seconds - this.#stepSeconds, Number.NaN);
      results.set(key, detector.push(seconds, values.get(key) ?? Number.NaN));
    }
    return { results, values };
  }

  /** Trains the next series that is due, or the group if none is. */
  async train(
    series: ReadonlyMap<string, JudgedSeries>,
    timeMillis: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#loaded();
    const to = Math.floor(timeMillis / this.#parts.stepMillis) * this.#stepSeconds;
    const ranked = [...series].toSorted(([, one], [, other]) => one.watched.rank - other.watched.rank);
    const candidates = ranked.slice(0, MAX_SERIES);
    const due = candidates.find(([key]) => this.#isDue(key, to));
    if (due !== undefined) await this.#trainSeries(...due, to, signal);
    else if (this.#isDue(JOINT, to)) await this.#trainGroup(candidates.slice(0, MAX_GROUP), to, signal);
    for (const key of this.#trained.keys()) if (key !== JOINT && !series.has(key)) this.#trained.delete(key);
    this.#forgetAbsent(series, to);
  }

  // A series that is absent for a day is not expected back, such as that of an ended worker. The history keeps its model.
  #forgetAbsent(series: ReadonlyMap<string, JudgedSeries>, to: number): void {
    for (const key of this.#detectors.keys()) {
      const since = series.has(key) ? to : (this.#seen.get(key) ?? to);
      this.#seen.set(key, since);
      if (Math.abs(to - since) > DAY_SECONDS) this.#drop(key);
    }
  }

  // Tried again after a failure.
  #loaded(): Promise<void> {
    return (this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    }));
  }

  async #load(): Promise<void> {
    const prefix = this.#nameOf("");
    for (const [name, model] of await storedModels(this.#parts.history)) {
      if (!name.startsWith(prefix) || model.range.step !== this.#stepSeconds) continue;
      const key = name.slice(prefix.length);
      this.#use(key, model);
      this.#trained.set(key, model.range.to);
    }
  }

  async #values(seconds: number, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const values = new Map<string, number>();
    const slices = new Slices();
    for (const expression of this.#expressions.all) {
      for (const { labels, value } of await expression.at(seconds * 1_000, signal)) {
        await slices.next();
        const key = seriesKey(expression.watched, labels);
        if (!values.has(key)) values.set(key, value);
      }
    }
    return values;
  }

  #isDue(key: string, to: number): boolean {
    return !(Math.abs(to - (this.#trained.get(key) ?? -Infinity)) < DAY_SECONDS);
  }

  async #trainSeries(key: string, series: JudgedSeries, to: number, signal: AbortSignal): Promise<void> {
    this.#trained.set(key, to);
    const past = await this.#past(series, to, signal);
    if (past === undefined) return;
    const { values, from, step } = past;
    const model = await this.#parts.history.trainWindow(values, { from, to, step }, signal);
    await this.#keep(key, model, { names: [key], columns: [values] }, to);
  }

  async #trainGroup(
    candidates: readonly (readonly [string, JudgedSeries])[],
    to: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.#trained.set(JOINT, to);
    const found = new Map<string, PastValues>();
    for (const [key, series] of candidates) {
      const past = await this.#past(series, to, signal);
      if (past !== undefined) found.set(key, past);
    }
    const { columns, names, from } = joined(found);
    if (columns.length < 2) return;
    const range = { from, to, step: this.#stepSeconds };
    const model = await this.#parts.history.trainJoint(columns, range, signal);
    await this.#keep(JOINT, model.kind === "joint" ? { ...model, names } : model, { names, columns }, to);
  }

  #past({ watched, labels }: JudgedSeries, to: number, signal: AbortSignal): Promise<PastValues | undefined> {
    const { windowSeconds } = this.#expressions;
    const range = { to, step: this.#stepSeconds, windowSeconds, signal };
    return pastValues(this.#parts.source, watched, labels, range);
  }

  // Without a new model the old one is kept as long as it has few alarms on the latest day.
  async #keep(
    key: string,
    model: LearnedModel | { readonly kind: "untrained" },
    { names, columns }: Pick<ReturnType<typeof joined>, "names" | "columns">,
    to: number,
  ): Promise<void> {
    const { history } = this.#parts;
    if (model.kind !== "untrained") {
      this.#use(key, model);
      return storeModel(history, this.#nameOf(key), model);
    }
    const old = this.#models.get(key);
    if (old === undefined) return;
    const count = Math.ceil(DAY_SECONDS / this.#stepSeconds);
    // Others than its own series say nothing about the group's model.
    const own = old.kind === "joint" ? (old.names ?? []) : names;
    const latest = own.flatMap((name) => columns[names.indexOf(name)]?.subarray(-count) ?? []);
    const isWhole = latest.length > 0 && latest.length === own.length;
    if (isWhole && (await stillFits(old, latest, to - (latest[0]?.length ?? 0) * this.#stepSeconds))) return;
    this.#drop(key);
    await removeModel(history, this.#nameOf(key));
  }

  #use(key: string, model: LearnedModel): void {
    this.#models.set(key, model);
    if (model.kind === "window") this.#detectors.set(key, new WindowDetector(model));
    else this.#joint = new JointSeries(model);
  }

  #drop(key: string): void {
    this.#models.delete(key);
    this.#detectors.delete(key);
    this.#seen.delete(key);
    if (key === JOINT) this.#joint = undefined;
  }

  #nameOf(key: string): string {
    return `anomalies of ${this.#parts.service}: ${key}`;
  }
}
