// The last hour of a process as a source of queries.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { inSlices, Slices } from "../../io/yield.ts";
import type { LabelSource, MetadataSource, MetricMetadata } from "../label-source.ts";
import type { Labels, SampleSeries, Selection, Source } from "../source.ts";
import { ColumnSamples } from "./column-samples.ts";
import { LiveColumns, type LiveColumnsOptions } from "./live-columns.ts";
import { labelsTest } from "../evaluation/matchers.ts";

// Series between two looks at the clock.
const PIECE = 64;

/** Options of {@link LiveSource}. */
export interface LiveSourceOptions extends LiveColumnsOptions {
  /** Time between the starts of two collections. */
  readonly resolutionMillis: number;
  /** Collects and passes the collection to `use`, until whose end it is valid. */
  readonly collect: (use: (collection: Collection) => Promise<void>) => Promise<void>;
}

/**
 * Keeps the collections of the last hour. It collects from the first use on; without one it has no timer and no memory.
 * Series have the names and labels of Prometheus.
 */
export class LiveSource implements Source, LabelSource, MetadataSource {
  readonly #options: LiveSourceOptions;
  #columns: LiveColumns | undefined;
  #first: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isCollecting = false;
  #isEnded = false;

  constructor(options: LiveSourceOptions) {
    this.#options = options;
  }

  /** Begins to collect; resolves after the first collection. Further calls return the same promise. */
  begin(): Promise<void> {
    if (this.#first !== undefined || this.#isEnded) return this.#first ?? Promise.resolve();
    const columns = new LiveColumns(this.#options);
    this.#columns = columns;
    this.#first = this.#collect(columns);
    this.#wait(columns, performance.now() + this.#options.resolutionMillis);
    return this.#first;
  }

  /** Ends the timer and frees the memory. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#columns = undefined;
  }

  async *select({ matchers, from, to, signal }: Selection): AsyncGenerator<SampleSeries> {
    for await (const { column, labels, samples, isNative } of this.#found({ matchers, from, to, signal })) {
      const series = samples.read(column, labels, isNative);
      if (series !== undefined) yield series;
    }
  }

  /** The labels of the series that have a sample in the range. */
  async *labels(selection: Selection): AsyncGenerator<Labels> {
    for await (const { column, labels, samples } of this.#found(selection)) {
      if (samples.has(column)) yield labels;
    }
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    await this.begin();
    const known = this.#columns?.metadata ?? new Map();
    return [...known].map(([name, { kind, help, unit }]) => ({
      name,
      type: kind === "untyped" ? "unknown" : kind,
      help: help ?? "",
      unit,
    }));
  }

  async *#found({ matchers, from, to, signal }: Selection): AsyncGenerator<Found> {
    const holds = labelsTest(matchers);
    await this.begin();
    if (this.#columns === undefined) return;
    const { index } = this.#columns;
    const samples = new ColumnSamples(this.#columns.stretches(), from, to);
    const name = matchers.find(({ label, operator }) => label === "__name__" && operator === "=")?.value;
    const slices = new Slices();
    for (const [i, column] of index.columnsOf(name).entries()) {
      if (i % PIECE === PIECE - 1) {
        await slices.next();
        signal?.throwIfAborted();
      }
      const labels = index.labelsOf(column);
      if (labels !== undefined && holds(labels))
        yield { column, labels, samples, isNative: index.isNative(column) };
    }
  }

  #wait(columns: LiveColumns, due: number): void {
    this.#timer = setTimeout(() => {
      if (!this.#isCollecting) void this.#collect(columns);
      // Counts due times from the start, which keeps the phase. A suspended machine misses some.
      const { resolutionMillis } = this.#options;
      const missed = Math.max(Math.floor((performance.now() - due) / resolutionMillis), 0);
      this.#wait(columns, due + (missed + 1) * resolutionMillis);
    }, due - performance.now()).unref();
  }

  // Never rejects: there will be another collection.
  async #collect(columns: LiveColumns): Promise<void> {
    this.#isCollecting = true;
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
      this.#isCollecting = false;
    }
  }
}

interface Found {
  readonly column: number;
  readonly labels: Labels;
  readonly samples: ColumnSamples;
  readonly isNative: boolean;
}
