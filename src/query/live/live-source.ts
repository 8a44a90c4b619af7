// The last hour of a process as a source of queries.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { dueAfter, timerAt } from "../../io/timeout.ts";
import { inSlices } from "../../io/yield.ts";
import type { Pause } from "../from-zero.ts";
import { awaited, type Reading } from "../reading.ts";
import { type Catalogue, type MetricMetadata, readOne, SampleSource } from "../sample-source.ts";
import type { Labels, SampleSeries, Selection } from "../source.ts";
import { LiveColumns, type LiveColumnsOptions } from "./live-columns.ts";

/** Options of {@link LiveSource}. */
export interface LiveSourceOptions extends LiveColumnsOptions {
  /** Returns the time between the starts of two collections. */
  readonly resolutionMillis: () => number;
  /** Collects and passes the collection to `use`, until whose end it is valid. */
  readonly collect: (use: (collection: Collection) => Promise<void>) => Promise<void>;
}

/**
 * Keeps the collections of the last hour. It collects from the first use on; without one it has no timer and no memory.
 * Series have the names and labels of Prometheus.
 */
export class LiveSource extends SampleSource implements Catalogue {
  readonly #options: LiveSourceOptions;
  #columns: LiveColumns | undefined;
  #first: Promise<void> | undefined;
  #ready: Promise<void> | undefined;
  #isReady = false;
  #timer: NodeJS.Timeout | undefined;
  // Time of the next collection, of the clock of `performance`.
  #due = Infinity;
  // Number of collections under way: that of the first query may overlap one of the timer.
  #collecting = 0;
  #isEnded = false;

  constructor(options: LiveSourceOptions) {
    super();
    this.#options = options;
  }

  /** Begins to collect, at once and then at each interval. */
  begin(): void {
    if (this.#first !== undefined || this.#isEnded) return;
    const columns = new LiveColumns(this.#options);
    this.#columns = columns;
    this.#first = this.#collect(columns);
    this.#wait(columns, performance.now() + this.#options.resolutionMillis());
  }

  /** The time between two collections has become shorter. */
  hasten(): void {
    if (this.#columns === undefined || this.#isEnded) return;
    const due = performance.now() + this.#options.resolutionMillis();
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#wait(this.#columns, due);
  }

  /** Begins to collect if it has not. The first query causes a collection of its own. */
  ready(): Promise<void> {
    return (this.#ready ??= this.#readyForFirst());
  }

  /** Ends the timer and frees the memory. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#columns = undefined;
  }

  override get knowsStarts(): boolean {
    return true;
  }

  override catalogue(): Catalogue {
    return this;
  }

  /** The series in memory after the first collection, until the end. */
  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => this.#whenReady((columns) => readOne(columns, selection)));
  }

  get beginUnixMillis(): number {
    return (this.#isReady ? this.#columns?.beginUnixMillis : undefined) ?? Infinity;
  }

  /** Time of the last collection in Unix milliseconds; -Infinity before the first. */
  get lastUnixMillis(): number {
    return this.#columns?.lastUnixMillis ?? -Infinity;
  }

  labels(selection: Selection): Reading<Labels> {
    return this.#whenReady((columns) => columns.labels(selection));
  }

  pauses(): Reading<Pause> {
    return this.#whenReady((columns) => columns.pauses());
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    await this.ready();
    return (await this.#columns?.metadata()) ?? [];
  }

  *#whenReady<Item>(read: (columns: LiveColumns) => Reading<Item>): Reading<Item> {
    if (!this.#isReady) yield* awaited(this.ready());
    if (this.#columns !== undefined) yield* read(this.#columns);
  }

  async #readyForFirst(): Promise<void> {
    const first = this.#first;
    this.begin();
    await (first ?? this.#first);
    if (first !== undefined && this.#columns !== undefined) await this.#collect(this.#columns);
    this.#isReady = true;
  }

  #wait(columns: LiveColumns, due: number): void {
    this.#due = due;
    this.#timer = timerAt(due, () => {
      if (this.#collecting === 0) void this.#collect(columns);
      this.#wait(columns, dueAfter(due, this.#options.resolutionMillis()));
    });
  }

  // Never rejects: there will be another collection.
  async #collect(columns: LiveColumns): Promise<void> {
    this.#collecting++;
    try {
      await this.#options.collect(async (collection) => {
        for (const error of collection.errors)
          warnOnceAMinute(`live samples: a callback failed: ${errorMessage(error)}`);
        await inSlices(columns.append(collection));
      });
    } catch (error) {
      if (!this.#isEnded) warnOnceAMinute(`live samples: a collection failed: ${errorMessage(error)}`);
      diag.debug("live samples: a collection failed", error);
    } finally {
      this.#collecting--;
    }
  }
}
