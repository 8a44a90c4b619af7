// The store of one machine: an SQLite database in which points lie in chunks.
import { statSync } from "node:fs";
import type { EncodedCollection } from "../encoded-collection.ts";
import type { Block } from "./block.ts";
import { openDatabase } from "./database-file.ts";
import { KnownSeries } from "./known-series.ts";
import { seal } from "./sealing.ts";
import type { EventFilter, Sample, StoredEvent, StoredMetric, StoredSeries, StoreUsage } from "./stored.ts";
import { Tables } from "./tables.ts";
import { inSnapshot, inTransaction } from "./transaction.ts";

// Heads of another process that nobody has added to for so long are sealed by whoever finds them.
const ABANDONED_MILLIS = 2 * 3_600_000;

/** What a store is opened with. */
export interface StoreOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Reads what others write. */
  readonly readOnly?: boolean;
  /** Time between two collections, of which 60 are sealed together; a minute unless told. */
  readonly intervalMillis?: number;
  /** How long collections and samples are kept, in milliseconds; 30 days unless told. */
  readonly metricsMillis?: number;
  /** How long events are kept, in milliseconds; 7 days unless told. */
  readonly eventsMillis?: number;
  /** Beyond it what is oldest goes; 1 GiB unless told. */
  readonly maxBytes?: number;
  /** Told what the user should know, in a sentence. */
  readonly warn?: (message: string) => void;
  /** The time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A store. All calls are synchronous: it belongs into a thread of its own. Times are in milliseconds since the epoch. */
export class Store {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #known = new KnownSeries();
  readonly #tables: Tables;

  private constructor(options: StoreOptions) {
    const { path, readOnly = false, intervalMillis = 60_000, maxBytes = 2 ** 30 } = options;
    this.#now = options.now ?? Date.now;
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#tables = new Tables(openDatabase(path, readOnly), this.#known, intervalMillis);
  }

  /** Opens the store of a file, which is made where there is none. */
  static open(options: StoreOptions): Store {
    return new Store(options);
  }

  /** Stores a collection. It is on disk when the call returns. */
  append(collection: EncodedCollection): void {
    this.#known.learn(collection);
    const { beginsBucket } = this.#write(({ writer }) => writer.append(collection));
    // Apart from it, since it is on disk already.
    if (beginsBucket) this.#seal();
  }

  /** Stores single values. They are on disk when the call returns. */
  appendSamples(samples: readonly Sample[]): void {
    this.#write((tables) => {
      for (const sample of samples) tables.samples.add(tables.catalog.sampleSeriesOf(sample.metric), sample);
    });
  }

  /** Stores events. They are on disk when the call returns. */
  appendEvents(events: readonly StoredEvent[]): void {
    this.#write((tables) => {
      for (const event of events) tables.events.add(event);
    });
  }

  /** All metrics, by name. */
  metrics(): readonly StoredMetric[] {
    return this.#tables.catalog.metrics();
  }

  /** The metrics of this name, OpenTelemetry's or Prometheus'. */
  find(metric: string): readonly StoredMetric[] {
    return this.#tables.catalog.metricsOf(metric);
  }

  /** All series of a metric. */
  series(metricId: number): readonly StoredSeries[] {
    return this.#tables.catalog.seriesOf(metricId);
  }

  /**
   * All blocks of these series that have points from `from` to `to`, both included; they may have others besides. Those of
   * one series come in the order of their times and do not overlap; those of several are mixed.
   */
  read(seriesIds: readonly number[], from: number, to: number): Iterable<Block> {
    return this.#tables.points.read(seriesIds, from, to);
  }

  /** How many texts were sampled for a metric from `from` to `to`, both included. */
  texts(metricId: number, from: number, to: number): number {
    return this.#tables.samples.texts(metricId, from, to);
  }

  /** Events, by time and then id. */
  events(filter: EventFilter): Iterable<StoredEvent> {
    return this.#tables.events.read(filter);
  }

  /** Does work that only reads, all of it as the store is at this moment. */
  snapshot<Result>(work: () => Result): Result {
    return inSnapshot(this.#tables.database, work);
  }

  /** How much there is. */
  usage(): StoreUsage {
    return {
      bytes: this.#path === ":memory:" ? 0 : statSync(this.#path).size,
      maxBytes: this.#maxBytes,
      points: 0,
      series: 0,
      events: 0,
      storage: this.#path === ":memory:" ? "memory" : "disk",
      outOfOrder: 0,
      duplicates: 0,
    };
  }

  /** Removes what is too old or too much. */
  maintain(): void {}

  /** Lets go of the file. Idempotent. */
  close(): void {
    this.#tables.database.close();
  }

  #seal(): void {
    this.#write((tables) => {
      const { writer, heads } = tables;
      for (const bucket of writer.sealable(heads.buckets(), this.#now() - ABANDONED_MILLIS))
        seal(bucket, tables);
    });
  }

  #write<Result>(work: (tables: Tables) => Result): Result {
    try {
      return inTransaction(this.#tables.database, () => work(this.#tables));
    } catch (error) {
      this.#tables.writer.forget();
      throw error;
    }
  }
}
