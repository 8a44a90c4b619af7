// Table of chunks: sealed points of several series of one metric.
import type { Block } from "./block.ts";
import { ChunkBlocks, decodeAll } from "./chunk-blocks.ts";
import type { SeriesLists } from "./chunk-listing.ts";
import { encodePoints } from "./chunk-points.ts";
import { encodeSummary, type SeriesToSumUp } from "./chunk-summary.ts";
import { type Database, isSafe, safeInteger, type SqlValue } from "./sqlite.ts";
import type { Lifetime } from "./stored.ts";
import type { Unreadable } from "./unreadable.ts";

export interface ChunkPlace {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  /** The lowest and highest id of its series. */
  readonly low: number;
  readonly high: number;
}

type PlaceRow = { readonly [Column in keyof ChunkPlace]: ChunkPlace[Column] | null };

/** Reads and writes chunks. Writing requires a transaction. */
export class ChunkTable {
  readonly #sql: ReturnType<typeof statements>;
  readonly #unreadable: Unreadable;
  readonly #summaries = new BlobCache();
  // A question that is asked again, as by a page, reads the same points again.
  readonly #encodedPoints = new BlobCache();

  constructor(database: Database, unreadable: Unreadable) {
    this.#unreadable = unreadable;
    this.#sql = statements(database);
  }

  add(metric: number, series: readonly SeriesToSumUp[]): void {
    const times = allTimesOf(series);
    const count = series.reduce((sum, each) => sum + each.times.length, 0);
    const { lastInsertRowid: id } = this.#sql.add.run(
      metric,
      times[0]!,
      times.at(-1)!,
      series[0]!.series,
      series.at(-1)!.series,
      count,
      encodeSummary(series, times),
    );
    const points = series.map((each) => ({ ...each, width: each.histogramWidth ?? 1 }));
    this.#sql.addPoints.run(Number(id), encodePoints(points, times));
  }

  /** The chunks of a metric that may contain points of series `low` to `high` between `from` and `to`. */
  places(metric: number, from: number, to: number, low: number, high: number): ChunkPlace[] {
    return this.#sql.places.all(metric, from, to, low, high).filter((row) => {
      const isRead = isPlace(row);
      if (!isRead) this.#unreadable.add("chunks", row.id);
      return isRead;
    });
  }

  /** The number of a metric's chunks, and the highest id. */
  extent(metric: number): { readonly count: number; readonly last: number } {
    return this.#sql.extent.get(metric) ?? { count: 0, last: 0 };
  }

  /** The ids of a metric's chunks after an id. */
  after(metric: number, id: number): number[] {
    return this.#sql.after.all(metric, id).map((row) => row.id);
  }

  /** The lowest id; 0 without chunks. It is 1 until chunks are removed. */
  earliest(): number {
    return this.#sql.earliest.get()?.id ?? 0;
  }

  /** The highest id of all metrics. */
  latest(): number {
    return this.#sql.latest.get()?.id ?? 0;
  }

  /** Texts of the resources whose points are in the chunks after an id, with the times of these points. */
  resourcesAfter(id: number): (Lifetime & { readonly resource: SqlValue })[] {
    return this.#sql.resources.all(id);
  }

  /** The blocks of the series in `lists`; none if the chunk cannot be read. */
  blocks(id: number, lists: SeriesLists): Iterable<Block> {
    const blocks = this.#unreadable.read("chunks", id, () => {
      const summary = this.#summaries.get(id, () => bytesOf(this.#sql.summary.get(id)?.summary));
      // Another process may have just removed it.
      if (summary === undefined) return undefined;
      const found = new ChunkBlocks(summary, lists, {
        points: () =>
          this.#encodedPoints.get(id, () => bytesOf(this.#sql.points.get(id)?.points)) ?? new Uint8Array(),
        decoded: (decode) => this.#unreadable.decoded(decode),
      });
      if (this.#unreadable.isSuspected) decodeAll(found);
      return found;
    });
    return blocks ?? [];
  }
}

function statements(database: Database) {
  return {
    add: database.prepare(
      "INSERT INTO chunks (metric, first, last, low, high, points, summary) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    addPoints: database.prepare("INSERT INTO chunk_points (id, points) VALUES (?, ?)"),
    places: database.prepare<PlaceRow>(
      `SELECT ${["id", "first", "last", "low", "high"].map((column) => safeInteger(column)).join(", ")} FROM chunks
        WHERE metric = ? AND last >= ? AND first <= ? AND high >= ? AND low <= ? ORDER BY chunks.last`,
    ),
    extent: database.prepare<{ readonly count: number; readonly last: number }>(
      `SELECT count(*) AS count, coalesce(max(id), 0) AS last FROM chunks WHERE metric = ? AND ${isSafe("id")}`,
    ),
    after: database.prepare<{ readonly id: number }>(
      `SELECT id FROM chunks WHERE metric = ? AND id > ? AND ${isSafe("id")} ORDER BY id`,
    ),
    earliest: database.prepare<{ readonly id: number | null }>(
      `SELECT min(id) AS id FROM chunks WHERE ${isSafe("id")}`,
    ),
    latest: database.prepare<{ readonly id: number | null }>(
      `SELECT max(id) AS id FROM chunks WHERE ${isSafe("id")}`,
    ),
    // "+", so that an index is read, and not the summaries. All series of a chunk are of one process.
    resources: database.prepare<Lifetime & { readonly resource: SqlValue }>(
      `SELECT text AS resource, "from", "to" FROM
      (SELECT resource, min(first) AS "from", max(last) AS "to" FROM chunks JOIN series ON series.id = low
        WHERE +chunks.id > ? AND ${isSafe("first")} AND ${isSafe("last")} GROUP BY resource)
      JOIN texts ON texts.id = resource`,
    ),
    summary: database.prepare<{ readonly summary: unknown }>("SELECT summary FROM chunks WHERE id = ?"),
    points: database.prepare<{ readonly points: unknown }>("SELECT points FROM chunk_points WHERE id = ?"),
  };
}

function isPlace(row: PlaceRow): row is ChunkPlace {
  return row.id !== null && row.first !== null && row.last !== null && row.low !== null && row.high !== null;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  throw new TypeError("not a blob");
}

function allTimesOf(series: readonly SeriesToSumUp[]): Float64Array {
  const [{ times } = { times: new Float64Array() }] = series;
  if (series.every((each) => each.times === times)) return times;
  return Float64Array.from(new Set(series.flatMap((each) => [...each.times]))).toSorted();
}

const MAX_BYTES = 8 * 1024 * 1024;

/** Cache of what was read last of chunks, up to 8 MiB. A chunk never changes, and its id is never reused. */
class BlobCache {
  readonly #blobs = new Map<number, Uint8Array>();
  #sizeBytes = 0;

  /** The entries are ordered by use, least recent first. Returns `undefined` if there is no such chunk. */
  get(id: number, read: (id: number) => Uint8Array | undefined): Uint8Array | undefined {
    const known = this.#blobs.get(id);
    if (known !== undefined) {
      this.#blobs.delete(id);
      this.#blobs.set(id, known);
      return known;
    }
    const blob = read(id);
    if (blob !== undefined) this.#keep(id, blob);
    return blob;
  }

  #keep(id: number, blob: Uint8Array): void {
    this.#blobs.set(id, blob);
    this.#sizeBytes += blob.length;
    for (const [oldest, { length }] of this.#blobs) {
      if (this.#sizeBytes <= MAX_BYTES) return;
      this.#blobs.delete(oldest);
      this.#sizeBytes -= length;
    }
  }
}
