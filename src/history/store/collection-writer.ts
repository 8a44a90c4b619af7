// Writing of collections to heads.
import { areEqual } from "../comparison.ts";
import { randomInt } from "node:crypto";
import {
  cellsFrom,
  type CollectionCells,
  type EncodedCollection,
  type Origin,
  type SeriesDescription,
} from "../encoded-collection.ts";
import type { HeadBucket, HeadTable, Roster } from "./head-table.ts";
import type { SeriesCatalog } from "./series-catalog.ts";
import type { Attributes } from "@opentelemetry/api";

// Collections per chunk at the usual interval. `MAX_HEADS` applies if the application collects more often.
const COLLECTIONS_PER_CHUNK = 60;
const MAX_HEADS = 4 * COLLECTIONS_PER_CHUNK;

const UNKNOWN = -1;
const NOBODY: Roster = { series: new Int32Array(), widths: new Int32Array() };

/** Writes the collections of this process. The caller provides the transaction, and calls `forget` after a rollback. */
export class CollectionWriter {
  readonly id: number = randomInt(2 ** 47);
  readonly #catalog: SeriesCatalog;
  readonly #heads: HeadTable;
  readonly #known: KnownSeries;
  readonly #bucketMillis: number;
  // Ids in the store, by the numbers of series on the main thread.
  readonly #ids = new Map<number, number>();
  #roster: Roster = NOBODY;
  #rosterId = 0;
  #latest = -Infinity;
  #bucket = -Infinity;
  #headCount = 0;

  constructor(catalog: SeriesCatalog, heads: HeadTable, known: KnownSeries, intervalMillis: number) {
    this.#catalog = catalog;
    this.#heads = heads;
    this.#known = known;
    this.#bucketMillis = COLLECTIONS_PER_CHUNK * intervalMillis;
  }

  /** Appends a collection. Returns whether heads must be sealed. */
  append({ timeUnixMillis: time, buffer }: EncodedCollection): boolean {
    const cells = cellsFrom(buffer);
    if (time < this.#latest) this.#beginSeriesAnew(cells.ids, time);
    const bucket = Math.ceil(time / this.#bucketMillis) * this.#bucketMillis;
    if (!this.#addHead(bucket, time, cells)) {
      // Another process considered this one dead, sealed its heads and may have removed its series.
      this.forget();
      this.#catalog.forget();
      this.#addHead(bucket, time, cells);
    }
    this.#headCount = bucket === this.#bucket ? this.#headCount + 1 : 1;
    this.#latest = time;
    this.#bucket = bucket;
    return this.#headCount === 1 || this.#headCount % MAX_HEADS === 0;
  }

  forget(): void {
    this.#ids.clear();
    this.#roster = NOBODY;
  }

  /** Buckets of this writer except the current one, unless that is large, and abandoned buckets of others. */
  sealable(buckets: readonly HeadBucket[], abandonedBefore: number): HeadBucket[] {
    return buckets.filter(({ writer, bucket, last, ids }) =>
      writer === this.id ? bucket !== this.#bucket || ids.length >= MAX_HEADS : last < abandonedBefore,
    );
  }

  // After the clock was set back, counters and histograms become new series. Otherwise their points would mix with
  // earlier ones and seem to fall.
  #beginSeriesAnew(numbers: Int32Array, time: number): void {
    // Some were forgotten after a removal or a rollback.
    for (const number of numbers) if (!this.#ids.has(number)) this.#addedId(number);
    for (const [number, id] of this.#ids) {
      if (this.#known.descriptionOf(number).type === "gauge") continue;
      const next = this.#catalog.continuationOf(id);
      if (next === undefined) {
        this.#ids.delete(number);
        continue;
      }
      this.#ids.set(number, next);
      // A series that never gets a point is removed, too.
      this.#catalog.mark(next, time);
    }
  }

  // Another process may have removed a series that was absent for longer than the retention.
  #idsOf(numbers: Int32Array): Int32Array {
    const known = numbers.map((number) => this.#ids.get(number) ?? UNKNOWN);
    const { series } = this.#roster;
    if (areEqual(series, known)) return series;
    const present = new Set(series);
    return known.map((id, i) =>
      present.has(id) || (id !== UNKNOWN && this.#catalog.describe(id) !== undefined)
        ? id
        : this.#addedId(numbers[i]!),
    );
  }

  #addedId(number: number): number {
    const id = this.#catalog.idOf(this.#known.descriptionOf(number), this.#known.resource);
    this.#ids.set(number, id);
    return id;
  }

  #addHead(bucket: number, time: number, { ids, widths, cells }: CollectionCells): boolean {
    // An empty collection is not stored. Also, Node.js 22 passes NULL to SQLite for an empty view.
    if (ids.length === 0) return true;
    const roster = { series: this.#idsOf(ids), widths };
    if (!areEqual(this.#roster.series, roster.series) || !areEqual(this.#roster.widths, widths)) {
      this.#rosterId = this.#heads.addRoster(roster);
      this.#roster = { series: roster.series, widths: widths.slice() };
    }
    return this.#heads.add(this.id, bucket, time, this.#rosterId, cells);
  }
}

// Series may be absent for a while, so they are only forgotten if this many more are known.
const SPARE = 10_000;

/** Descriptions of series, by their origins. */
export type KnownOrigins = Readonly<Record<Origin, KnownSeries>>;

/** Descriptions of series. Each is sent only once, but another store may need it later. */
export class KnownSeries {
  readonly #descriptions = new Map<number, SeriesDescription>();
  #resource: Attributes = {};

  get resource(): Attributes {
    return this.#resource;
  }

  learn({ newSeries, resource }: EncodedCollection): void {
    for (const description of newSeries) this.#descriptions.set(description.id, description);
    this.#resource = resource;
  }

  /** @throws RangeError if no collection has included the description, or the series was absent for long */
  descriptionOf(number: number): SeriesDescription {
    const description = this.#descriptions.get(number);
    if (description === undefined) {
      throw new RangeError(
        `collection: series ${number} has no description; send it with the first collection of the series`,
      );
    }
    return description;
  }

  /** Forgets absent series if there are many. Returns whether it did. */
  forgetAllBut(numbers: Int32Array): boolean {
    if (this.#descriptions.size <= 2 * numbers.length + SPARE) return false;
    const kept = new Set(numbers);
    for (const number of this.#descriptions.keys()) if (!kept.has(number)) this.#descriptions.delete(number);
    return true;
  }
}
