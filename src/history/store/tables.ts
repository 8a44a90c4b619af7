// An open database with its tables.
import type { Origin } from "../encoded-collection.ts";
import { ChunkTable } from "./chunk-table.ts";
import { CollectionWriter, type KnownOrigins } from "./collection-writer.ts";
import { EventTable } from "./event-table.ts";
import { HeadTable } from "./head-table.ts";
import { Lifetimes } from "./lifetimes.ts";
import { ModelTable } from "./model-table.ts";
import { SampleTable } from "./sample-table.ts";
import { SeriesCatalog } from "./series-catalog.ts";
import { type Database, usedBytes } from "./sqlite.ts";
import type { Sample } from "./stored.ts";
import type { Unreadable } from "./unreadable.ts";
import { IN_MEMORY, openDatabase } from "./database-file.ts";

export class Tables {
  readonly database: Database;
  readonly catalog: SeriesCatalog;
  readonly chunks: ChunkTable;
  readonly heads: HeadTable;
  readonly samples: SampleTable;
  readonly events: EventTable;
  readonly models: ModelTable;
  readonly writers: Readonly<Record<Origin, CollectionWriter>>;
  readonly unreadable: Unreadable;
  readonly lifetimes: Lifetimes;

  constructor(database: Database, known: KnownOrigins, intervalMillis: number, unreadable: Unreadable) {
    this.database = database;
    this.unreadable = unreadable;
    this.catalog = new SeriesCatalog(database, unreadable);
    this.chunks = new ChunkTable(database, unreadable);
    this.heads = new HeadTable(database, unreadable);
    this.samples = new SampleTable(database, unreadable);
    this.events = new EventTable(database, unreadable);
    this.models = new ModelTable(database);
    this.lifetimes = new Lifetimes(this);
    const writerOf = (origin: Origin): CollectionWriter =>
      new CollectionWriter(this.catalog, this.heads, known[origin], intervalMillis);
    this.writers = { metrics: writerOf("metrics"), rules: writerOf("rules") };
  }
  addSample(sample: Sample): void {
    const { catalog, samples } = this;
    const { metric, timeUnixMillis } = sample;
    if (!samples.add(catalog.sampleSeriesOf(metric), sample)) {
      // Another process has removed the series.
      catalog.forget();
      samples.add(catalog.sampleSeriesOf(metric), sample);
    }
    catalog.mark(catalog.sampleSeriesOf(metric), timeUnixMillis);
  }

  forget(): void {
    this.catalog.forget();
    this.heads.forget();
    this.lifetimes.forget();
    this.forgetIds();
  }

  /** Clears the ids that the writers remember. */
  forgetIds(): void {
    for (const writer of Object.values(this.writers)) writer.forget();
  }
}

// First id of metrics and series in memory. Rosters store 32-bit integers.
const FIRST_ID = 2 ** 30;
const MAX_BYTES = 32 * 1024 * 1024;

/** Whether a metric or a series is stored in memory. */
export function isInFallback(id: number): boolean {
  return id > FIRST_ID;
}

export function openFallback(known: KnownOrigins, intervalMillis: number, unreadable: Unreadable): Tables {
  const database = openDatabase(IN_MEMORY, { logBytes: 0, warn: () => {} });
  database.exec(
    `INSERT INTO sqlite_sequence (name, seq) VALUES ('series', ${FIRST_ID}), ('metrics', ${FIRST_ID})`,
  );
  return new Tables(database, known, intervalMillis, unreadable);
}

/** Removes the older half if memory is full, and the series that are only in it. Returns whether it did. */
export function trimFallback({ database, heads, catalog }: Tables): boolean {
  if (usedBytes(database) < MAX_BYTES) return false;
  for (const table of ["heads", "samples", "events"]) {
    database.exec(`DELETE FROM ${table} WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM ${table})`);
  }
  heads.removeRosters();
  catalog.removeAllBut([...heads.lifetimes().keys()]);
  return true;
}

/** Copies heads, samples and events in the caller's transaction. Unreadable rows are left out and reported. */
export function carryOver(from: Tables, to: Tables): void {
  const heads = from.heads
    .buckets()
    .flatMap((bucket) => from.heads.readableHeadsOf(bucket).map((head) => ({ ...head, ...bucket })));
  const ids = idsBetween(from, to, new Set(heads.flatMap(({ roster }) => [...roster.series])));
  for (const { bucket, time, roster, cells } of heads) {
    const series = roster.series.map((id) => ids.get(id) ?? 0);
    const rosterId = to.heads.addRoster({ series, widths: roster.widths });
    to.heads.add(to.writers.metrics.id, bucket, time, rosterId, cells);
  }
  for (const sample of from.samples.all()) to.addSample(sample);
  for (const event of from.events.read({})) to.events.add(event);
}

// In order of age, so that series that continue others after the clock was set back do so again.
function idsBetween(from: Tables, to: Tables, series: ReadonlySet<number>): ReadonlyMap<number, number> {
  const ids = new Map<number, number>();
  const taken = new Set<number>();
  for (const each of [...series].toSorted((a, b) => a - b)) {
    const described = from.unreadable.read("series", each, () => from.catalog.describe(each));
    if (described === undefined) continue;
    const known = to.catalog.idOf(described.description, described.resource);
    const id = taken.has(known) ? (to.catalog.continuationOf(known) ?? known) : known;
    taken.add(id);
    ids.set(each, id);
  }
  return ids;
}
