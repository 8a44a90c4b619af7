// Table of heads: collections that are not sealed yet, one row each.
import type { CollectionCells } from "../encoded-collection.ts";
import type { Lifetime } from "./stored.ts";
import { type Database, isSafe, safeInteger } from "./sqlite.ts";
import type { Unreadable } from "./unreadable.ts";

/** The series of a head, in the order of its cells. */
export interface Roster {
  readonly series: Int32Array;
  readonly widths: Int32Array;
}

export interface Head {
  readonly time: number;
  readonly roster: Roster;
  readonly cells: Float64Array;
}

/** The heads of one writer in one bucket of time, in order of arrival. They are sealed together. */
export interface HeadBucket {
  readonly writer: number;
  readonly bucket: number;
  readonly first: number;
  readonly last: number;
  readonly ids: readonly number[];
}

interface HeadRow {
  readonly id: number | null;
  readonly writer: number | null;
  readonly bucket: number | null;
  readonly time: number | null;
}

const MAX_ROSTERS = 240;

/** Reads and writes heads. Writing requires a transaction. */
export class HeadTable {
  readonly #sql: ReturnType<typeof statements>;
  readonly #unreadable: Unreadable;
  // A roster never changes, and its id is never reused.
  readonly #rosters = new Map<number, Roster>();

  constructor(database: Database, unreadable: Unreadable) {
    this.#unreadable = unreadable;
    this.#sql = statements(database);
  }

  addRoster({ series, widths }: Roster): number {
    return Number(this.#sql.addRoster.run(bytesOf(series), bytesOf(widths)).lastInsertRowid);
  }

  /** Adds a head; returns `false` if another process has removed its roster. */
  add(
    writer: number,
    bucket: number,
    time: number,
    roster: number,
    cells: CollectionCells["cells"],
  ): boolean {
    return Number(this.#sql.add.run(writer, bucket, time, bytesOf(cells), roster).changes) === 1;
  }

  buckets(): HeadBucket[] {
    const found: { writer: number; bucket: number; first: number; last: number; ids: number[] }[] = [];
    for (const { id, writer, bucket, time } of this.#sql.all.all()) {
      if (id === null || writer === null || bucket === null || time === null) {
        this.#unreadable.add("heads", id);
        continue;
      }
      const latest = found.at(-1);
      if (latest?.writer === writer && latest.bucket === bucket) {
        latest.first = Math.min(latest.first, time);
        latest.last = Math.max(latest.last, time);
        latest.ids.push(id);
      } else found.push({ writer, bucket, first: time, last: time, ids: [id] });
    }
    return found;
  }

  /** The readable heads of a bucket, in order of arrival. */
  readableHeadsOf({ ids }: HeadBucket): Head[] {
    return ids.flatMap((id) => this.#unreadable.read("heads", id, () => this.#headOf(id)) ?? []);
  }

  /** The series of each roster, with the times of its heads. */
  rosters(): (Lifetime & Pick<Roster, "series">)[] {
    return this.#sql.rostersInUse.all().flatMap(({ roster, from, to }) => {
      const read = this.#unreadable.read("rosters", roster, () => this.#rosterOf(roster));
      return read === undefined ? [] : { series: read.series, from, to };
    });
  }

  /** The series in heads, with their times. */
  lifetimes(): Map<number, Lifetime> {
    const found = new Map<number, Lifetime>();
    for (const { series: ids, from, to } of this.rosters())
      for (const series of ids) {
        const known = found.get(series);
        found.set(series, {
          from: Math.min(from, known?.from ?? from),
          to: Math.max(to, known?.to ?? to),
        });
      }
    return found;
  }

  /** Removes the heads, and rosters without heads. */
  remove({ ids }: HeadBucket): void {
    for (const id of ids) this.#sql.remove.run(id);
    this.removeRosters();
  }

  /** Removes rosters without heads. */
  removeRosters(): void {
    this.#sql.removeRosters.run();
    this.#rosters.clear();
  }

  forget(): void {
    this.#rosters.clear();
  }

  #headOf(id: number): Head | undefined {
    const row = this.#sql.head.get(id);
    if (row === undefined) return undefined;
    const [roster, cells] = [this.#rosterOf(row.roster), doublesFrom(row.cells)];
    if (cells.length !== roster.widths.reduce((sum, width) => sum + width, 0))
      throw new RangeError("cells do not match the roster");
    return { time: row.time, roster, cells };
  }

  // Another process may have just removed it, so it counts as empty.
  #rosterOf(id: number): Roster {
    const known = this.#rosters.get(id);
    if (known !== undefined) return known;
    const { series, widths } = this.#sql.roster.get(id) ?? {
      series: new Uint8Array(),
      widths: new Uint8Array(),
    };
    const roster = { series: integersFrom(series), widths: integersFrom(widths) };
    if (roster.series.length !== roster.widths.length || roster.widths.some((width) => width < 1))
      throw new RangeError("lists of the roster do not match");
    if (this.#rosters.size >= MAX_ROSTERS) this.#rosters.clear();
    this.#rosters.set(id, roster);
    return roster;
  }
}

function statements(database: Database) {
  return {
    addRoster: database.prepare("INSERT INTO rosters (series, widths) VALUES (?, ?)"),
    roster: database.prepare<{ readonly series: unknown; readonly widths: unknown }>(
      "SELECT series, widths FROM rosters WHERE id = ?",
    ),
    add: database.prepare(
      `INSERT INTO heads (writer, bucket, time, roster, cells)
        SELECT ?, ?, ?, id, ? FROM rosters WHERE id = ?`,
    ),
    all: database.prepare<HeadRow>(
      `SELECT ${["id", "writer", "bucket", "time"].map((column) => safeInteger(column)).join(", ")} FROM heads
        ORDER BY heads.writer, heads.bucket, heads.id`,
    ),
    head: database.prepare<{ readonly roster: number; readonly time: number; readonly cells: unknown }>(
      "SELECT time, roster, cells FROM heads WHERE id = ?",
    ),
    rostersInUse: database.prepare<Lifetime & { readonly roster: number }>(
      `SELECT roster, min(time) AS "from", max(time) AS "to" FROM heads WHERE ${isSafe("roster")} AND ${isSafe("time")} GROUP BY roster`,
    ),
    remove: database.prepare("DELETE FROM heads WHERE id = ?"),
    removeRosters: database.prepare("DELETE FROM rosters WHERE id NOT IN (SELECT roster FROM heads)"),
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

// Copied, because SQLite's bytes may not be aligned.
function doublesFrom(value: unknown): Float64Array {
  return new Float64Array(copyOf(value));
}

function integersFrom(value: unknown): Int32Array {
  return new Int32Array(copyOf(value));
}

function copyOf(value: unknown): ArrayBuffer {
  if (value instanceof Uint8Array) return new Uint8Array(value).buffer;
  throw new TypeError("not a blob");
}
