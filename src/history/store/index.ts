// Store of one machine: an SQLite database that contains points in chunks.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { cellsFrom, type EncodedCollection } from "../encoded-collection.ts";
import type { Block } from "./block.ts";
import { IN_MEMORY, StorePathError } from "./database-file.ts";
import { counterOf, DAMAGED, Disk } from "./disk.ts";
import { carryOver, isInFallback, openFallback, type Tables, trimFallback } from "./tables.ts";
import { type KnownOrigins, KnownSeries } from "./collection-writer.ts";
import { seal, SealingGivenUp } from "./sealing.ts";
import { inSnapshot, inTransaction, isBusy, isDamage, isRefusedByDisk, usedBytes } from "./sqlite.ts";
import {
  type EventFilter,
  type LatestFilter,
  type Lifetime,
  type Sample,
  type SampleFigures,
  type StoredEvent,
  type StoredMetric,
  type StoredModel,
  type StoredProcess,
  type StoredSeries,
  type StoreOptions,
  type StoreSettings,
  type StoreSpan,
  storeSettings,
  type StoreUsage,
} from "./stored.ts";
import { batches, collected } from "./point-reader.ts";
import type { StoredLayout } from "./series-catalog.ts";
import { Unreadable, UnreadableRowError } from "./unreadable.ts";

// Heads of another process are considered abandoned, and sealed, after this time without additions.
const ABANDONED_MILLIS = 2 * 3_600_000;
const RECOVERY_MILLIS = 10_000;

/** A store of metrics and events. All calls are synchronous. Times are in milliseconds since the epoch. */
export class Store {
  readonly #options: StoreSettings;
  readonly #known: KnownOrigins = { metrics: new KnownSeries(), rules: new KnownSeries() };
  readonly #unreadable: Unreadable;
  readonly #disk: Disk;
  #fallback: Tables | undefined;
  #triedAt = -Infinity;
  #writeError: string | undefined;
  #isClosed = false;

  private constructor(options: StoreOptions) {
    this.#options = storeSettings(options);
    this.#unreadable = new Unreadable(this.#options.path, this.#options.warn);
    this.#disk = new Disk(this.#options, this.#known, this.#unreadable);
    this.#disk.reserve?.take();
  }

  /** Opens or creates a store. @throws MissingSqliteError, StorePathError, StoreVersionError */
  static open(options: StoreOptions): Store {
    return new Store(options);
  }

  append(collection: EncodedCollection): void {
    const { origin = "metrics" } = collection;
    const known = this.#known[origin];
    known.learn(collection);
    const isSealDue = this.#write(({ writers }) => writers[origin].append(collection));
    if (!isSealDue) return;
    if (known.forgetAllBut(cellsFrom(collection.buffer).ids))
      for (const { writers } of this.#all) writers[origin].forget();
    // A separate transaction, because the collection is already on disk.
    if (this.#fallback === undefined) this.#seal();
  }

  appendSamples(samples: readonly Sample[]): void {
    this.#write((tables) => {
      for (const sample of samples) tables.addSample(sample);
    });
  }

  /** Returns the ids that other stored events have; these events are not stored. */
  appendEvents(events: readonly StoredEvent[]): readonly string[] {
    return this.#write(({ events: table }) =>
      events.filter((event) => !table.add(event)).map(({ id }) => id),
    );
  }

  metrics(): readonly StoredMetric[] {
    return this.#all.flatMap(({ catalog }) => catalog.metrics());
  }

  find(metric: string): readonly StoredMetric[] {
    return this.#all.flatMap(({ catalog }) => catalog.metricsOf(metric));
  }

  series(metricId: number): readonly StoredSeries[] {
    return this.#holding(metricId)?.catalog.seriesOf(metricId) ?? [];
  }

  /** Returns a function from the series of a metric to the times of their points, whatever range is read. */
  lifetimes(metricId: number): (series: StoredSeries) => Lifetime | undefined {
    return this.#holding(metricId)?.lifetimes.of(metricId) ?? (() => undefined);
  }

  /** The processes whose points are in collections. */
  processes(): readonly StoredProcess[] {
    return this.#all.flatMap(({ lifetimes }) => lifetimes.processes());
  }

  /** Layout of the points of a series. */
  layout(seriesId: number): StoredLayout | undefined {
    return this.#holding(seriesId)?.catalog.kindOf(seriesId)?.layout;
  }

  /**
   * Iterates over all blocks with points from `from` to `to`. The blocks of a series are in order of time and do not
   * overlap.
   */
  *read(seriesIds: readonly number[], from: number, to: number): Generator<Block, void, undefined> {
    for (const batch of this.batches(seriesIds, from, to)) yield* batch;
  }

  /** The same in batches of several blocks. */
  *batches(
    seriesIds: readonly number[],
    from: number,
    to: number,
  ): Generator<Iterable<Block>, void, undefined> {
    const range = { from, to, oldest: this.#oldest("metricsMillis") };
    for (const tables of this.#all) yield* batches(tables, this.#heldBy(tables, seriesIds), range);
  }

  /** The same without samples. */
  *collected(seriesIds: readonly number[], from: number, to: number): Generator<Block, void, undefined> {
    const range = { from, to, oldest: this.#oldest("metricsMillis") };
    for (const tables of this.#all)
      for (const batch of collected(tables, this.#heldBy(tables, seriesIds), range)) yield* batch;
  }

  /** Totals of a metric's samples. */
  sampled(metricId: number, from: number, to: number): SampleFigures | undefined {
    return this.#holding(metricId)?.samples.figures(
      metricId,
      Math.max(from, this.#oldest("metricsMillis")),
      to,
    );
  }

  events(given: EventFilter): readonly StoredEvent[] {
    const filter = { ...given, from: Math.max(given.from ?? -Infinity, this.#oldest("eventsMillis")) };
    const onDisk = this.#reading(() => this.#disk.open.tables.events.read(filter));
    if (this.#fallback === undefined) return onDisk;
    const all = inOrder([...onDisk, ...this.#fallback.events.read(filter)]);
    return (filter.isLatestFirst ? all.toReversed() : all).slice(0, filter.limit);
  }

  /** The latest events in order of time, then id. */
  latestEvents({ from, to, max, maxOfType }: LatestFilter): readonly StoredEvent[] {
    const range = { from, to, isLatestFirst: true };
    const types = new Set(this.#reading(() => this.#all.flatMap(({ events }) => events.types())));
    const found = [
      ...this.events({ ...range, limit: max }),
      ...[...types].flatMap((type) => this.events({ ...range, type, limit: maxOfType })),
    ];
    return inOrder([...new Map(found.map((event) => [event.id, event])).values()]);
  }

  /** Learned models. Those in memory come last. */
  models(): readonly StoredModel[] {
    return this.#reading(() => this.#all.flatMap(({ models }) => models.all()));
  }

  /** Stores a model under its name, or removes it. One that is stored while the disk is full ends with the process. */
  putModel(name: string, document: string | undefined): void {
    this.#write(({ models }) => models.put(name, document));
  }

  snapshot<Result>(work: () => Result): Result {
    return this.#reading(() => inSnapshot(this.#disk.open.tables.database, work));
  }

  /** Times of the oldest and the newest point. */
  span(): StoreSpan {
    return this.#withoutExpired(this.#reading(() => this.#disk.open.span()));
  }

  /** Time of the oldest point of a collection; `Infinity` without one. Samples do not count. */
  oldestCollected(): number {
    return Math.max(
      this.#oldest("metricsMillis"),
      this.#reading(() => this.#disk.open.oldestCollected()),
    );
  }

  /** Time since which no point was removed: the start of the oldest process, or else its oldest point. */
  keptSince(processes: readonly StoredProcess[] = this.processes()): number {
    const oldest = this.oldestCollected();
    if (oldest === Infinity) return -Infinity;
    const starts = processes.flatMap(({ from, to }) => (to >= oldest ? [from] : []));
    const first = Math.min(oldest, ...starts);
    const isRemoved =
      first < this.#oldest("metricsMillis") || this.#all.some(({ chunks }) => chunks.earliest() > 1);
    // The first collection is after the start.
    return isRemoved && first < oldest - 2 * this.#options.intervalMillis ? oldest : first;
  }

  usage(): StoreUsage {
    const { path, maxBytes } = this.#options;
    return {
      ...this.#withoutExpired(this.#reading(() => this.#disk.open.count())),
      bytes: path === IN_MEMORY ? usedBytes(this.#disk.open.tables.database) : this.#disk.sizeBytes,
      maxBytes,
      storage: path === IN_MEMORY || this.#fallback !== undefined ? "memory" : "disk",
      ...(this.#writeError !== undefined && { writeError: this.#writeError }),
      unreadable: this.#unreadable.count,
    };
  }

  /** Enforces the limits, and seals heads of exited processes. */
  maintain(): void {
    if (this.#options.readOnly || !this.recover()) return;
    this.#seal();
    this.#disk.open.retention?.enforce(this.#options.now());
    this.#disk.reserve?.take();
  }

  /**
   * Writes data from memory to the disk. Returns whether none is left in memory.
   *
   * @param isLast whether the process ends, so that a failed attempt is repeated at once.
   */
  recover(isLast = false): boolean {
    const fallback = this.#fallback;
    if (fallback === undefined) return true;
    if (isLast) this.#triedAt = -Infinity;
    // Negative if the clock was set back.
    const since = this.#options.now() - this.#triedAt;
    if (since >= 0 && since < RECOVERY_MILLIS) return false;
    this.#triedAt = this.#options.now();
    const { path, warn } = this.#options;
    const known = this.#writeError;
    try {
      this.#writeInPlace((tables) => carryOver(fallback, tables));
    } catch (error) {
      this.#triedAt = this.#options.now();
      if (!isOfDisk(error) && errorMessage(error) !== known)
        warn(`"${path}": data in memory could not be written (${errorMessage(error)}); retrying later`);
      return false;
    }
    this.#fallback = undefined;
    fallback.database.close();
    this.#disk.reserve?.take();
    warn(`"${path}": writing to disk again, including the data in memory`);
    return true;
  }

  /** Closes the file. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.recover(true);
    if (this.#fallback !== undefined) this.#lose(this.#fallback);
    this.#disk.close();
  }

  #lose({ database }: Tables): void {
    const { path, warn } = this.#options;
    const { points, events } = counterOf(database)();
    warn(
      `"${path}": the disk did not accept writes until the end (${this.#writeError}); ${points} points and ${events} events in memory are lost`,
    );
    database.close();
  }

  // Expired data is removed later. Only the process that writes a store knows for how long it is kept.
  #oldest(millis: "metricsMillis" | "eventsMillis"): number {
    const { readOnly, now } = this.#options;
    return readOnly ? -Infinity : now() - this.#options[millis];
  }

  #withoutExpired<Span extends StoreSpan>(span: Span): Span {
    const oldest = Math.min(this.#oldest("metricsMillis"), this.#oldest("eventsMillis"));
    return span.oldest === undefined ? span : { ...span, oldest: Math.max(span.oldest, oldest) };
  }

  get #all(): readonly Tables[] {
    return this.#fallback === undefined ? [this.#disk.open.tables] : [this.#disk.open.tables, this.#fallback];
  }

  #heldBy(tables: Tables, seriesIds: readonly number[]): readonly number[] {
    return this.#fallback === undefined ? seriesIds : seriesIds.filter((id) => this.#holding(id) === tables);
  }

  #holding(id: number): Tables | undefined {
    return isInFallback(id) ? this.#fallback : this.#disk.open.tables;
  }

  // Heads that cannot be sealed are only logged, because their points are on disk and readable.
  #seal(): void {
    const { tables } = this.#disk.open;
    const { now, path, warn, isEnding } = this.#options;
    const buckets = tables.heads.buckets();
    const writers = Object.values(tables.writers);
    for (const bucket of buckets) {
      const writer = writers.find(({ id }) => id === bucket.writer) ?? tables.writers.metrics;
      if (writer.sealable([bucket], now() - ABANDONED_MILLIS).length === 0) continue;
      try {
        this.#write((current) => {
          if (current === tables) seal(bucket, tables, isEnding);
        });
      } catch (error) {
        if (error instanceof SealingGivenUp) return;
        warn(`"${path}": collections could not be sealed (${errorMessage(error)}); they stay unsealed`);
      }
    }
  }

  // A reader reopens the path if its file was replaced.
  #reading<Result>(work: () => Result): Result {
    if (this.#options.readOnly && !this.#disk.isInPlace) this.#disk.reopen();
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) this.#disk.replace(DAMAGED, error);
      else if (!(error instanceof UnreadableRowError)) throw error;
      return work();
    }
  }

  #write<Result>(work: (tables: Tables) => Result): Result {
    if (!this.recover()) return this.#writeToMemory(work);
    const { path, readOnly, warn, now } = this.#options;
    try {
      return this.#writeInPlace(work);
    } catch (error) {
      if (path === IN_MEMORY || readOnly) throw error;
      if (!isOfDisk(error)) throw error;
      warn(
        `"${path}": the disk does not accept writes (${errorMessage(error)}); data is kept in memory until it does`,
      );
      this.#triedAt = now();
      this.#writeError = errorMessage(error);
      this.#fallback = openFallback(this.#known, this.#options.intervalMillis, this.#unreadable);
      return this.#writeToMemory(work);
    }
  }

  #writeInPlace<Result>(work: (tables: Tables) => Result): Result {
    try {
      if (!this.#disk.isInPlace) this.#disk.reopen();
      return this.#writeToDisk(work);
    } catch (error) {
      if (this.#options.path === IN_MEMORY || !isDamage(error)) throw error;
      this.#disk.replace(DAMAGED, error);
      return this.#writeToDisk(work);
    }
  }

  // On a full disk the reserve is removed, and its space is used to remove old data.
  #writeToDisk<Result>(work: (tables: Tables) => Result): Result {
    try {
      return this.#attempt(work);
    } catch (error) {
      if (!isRefusedByDisk(error) || this.#disk.reserve === undefined) throw error;
      this.#disk.reserve.release();
      this.#disk.open.retention?.enforce(this.#options.now(), true);
      return this.#attempt(work);
    }
  }

  #writeToMemory<Result>(work: (tables: Tables) => Result): Result {
    const { path, warn } = this.#options;
    const tables = this.#fallback ?? this.#disk.open.tables;
    if (trimFallback(tables))
      warn(`"${path}": the disk still does not accept writes; the oldest data in memory is lost`);
    return inTransaction(tables.database, () => work(tables));
  }

  #attempt<Result>(work: (tables: Tables) => Result): Result {
    const { tables } = this.#disk.open;
    try {
      const result = inTransaction(tables.database, () => work(tables));
      this.#writeError = undefined;
      return result;
    } catch (error) {
      tables.forget();
      this.#writeError = errorMessage(error);
      throw error;
    }
  }
}

function inOrder(events: readonly StoredEvent[]): readonly StoredEvent[] {
  return events.toSorted((a, b) => a.timeUnixMillis - b.timeUnixMillis || (a.id < b.id ? -1 : 1));
}

function isOfDisk(error: unknown): boolean {
  return isRefusedByDisk(error) || isBusy(error) || error instanceof StorePathError;
}
