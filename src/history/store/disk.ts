// A store's file, opened.
import { statSync } from "node:fs";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { IN_MEMORY, moveAside, openDatabase, StorePathError } from "./database-file.ts";
import type { KnownSeries } from "./collection-writer.ts";
import { Reserve } from "./reserve.ts";
import { Retention } from "./retention.ts";
import { type Database, isDamage, isRefusedByDisk, safeInteger, type Statement } from "./sqlite.ts";
import type { StoreSettings } from "./stored.ts";
import { Tables } from "./tables.ts";
import type { Unreadable } from "./unreadable.ts";

// SQLite's log is written into the file when it is that large.
const MAX_LOG_BYTES = 8 * 1024 * 1024;

export const DAMAGED = "it is damaged";

const ABSENT = -1;
const NOWHERE = -2;

interface OpenDatabase {
  readonly tables: Tables;
  readonly retention: Retention | undefined;
  readonly counter: Counter;
}

/** An open database in a file, or in memory. */
export class Disk {
  readonly reserve: Reserve | undefined;
  readonly #options: StoreSettings;
  readonly #known: KnownSeries;
  readonly #unreadable: Unreadable;
  #open: OpenDatabase;
  #inode: number;

  constructor(options: StoreSettings, known: KnownSeries, unreadable: Unreadable) {
    this.#unreadable = unreadable;
    this.#options = options;
    this.#known = known;
    const isFile = options.path !== IN_MEMORY && !options.readOnly;
    // Room for the log to be written into the file, and then for what is removed.
    this.reserve = isFile ? new Reserve(options.path, 1.25 * this.#logBytes, options.warn) : undefined;
    this.#open = this.#openedWithRoom();
    this.#inode = this.#currentInode();
  }

  get tables(): Tables {
    return this.#open.tables;
  }

  get retention(): Retention | undefined {
    return this.#open.retention;
  }

  get counter(): Counter {
    return this.#open.counter;
  }

  get sizeBytes(): number {
    const { path } = this.#options;
    if (path === IN_MEMORY) return 0;
    return sizeOf(path) + sizeOf(`${path}-wal`);
  }

  /** Whether the file is the one that was opened, not deleted or moved aside by another process. */
  get isInPlace(): boolean {
    return this.#currentInode() === this.#inode;
  }

  /** Opens the file that is in its place now. If that fails, the former one can still be read. */
  reopen(): void {
    const before = this.#open.tables.database;
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
    before.close();
  }

  close(): void {
    const { database } = this.#open.tables;
    try {
      // The package's statements keep the file open until they are collected, so that closing does not do it.
      if (!this.#options.readOnly)
        database.exec("PRAGMA busy_timeout = 500; PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
    } finally {
      database.close();
    }
  }

  /** Moves the file aside and begins a new one; throws if read only. */
  replace(problem: string, cause: unknown): void {
    const { path, readOnly, warn } = this.#options;
    if (readOnly) throw damaged(path, problem, cause);
    this.#open.tables.database.close();
    const isInPlace = this.isInPlace;
    // Whatever fails now: what is open is not what is in its place.
    this.#inode = NOWHERE;
    // Another process may have done so already.
    if (isInPlace) moveAside(path, problem, warn);
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
  }

  // The reserve is also there for a store that is opened on a full disk.
  #openedWithRoom(): OpenDatabase {
    try {
      return this.#opened();
    } catch (error) {
      if (!isRefusedByDisk(error)) throw error;
      if (this.reserve?.release() === true) return this.#opened();
      const { path, readOnly } = this.#options;
      const problem = readOnly
        ? `it cannot be read (${errorMessage(error)}), since SQLite keeps files beside it; copy it into a folder that can be written`
        : `the disk refuses it (${errorMessage(error)}); make room, or give another path`;
      throw new StorePathError(`history "${path}": ${problem}`, { cause: error });
    }
  }

  #opened(): OpenDatabase {
    try {
      return this.#openedAsItIs();
    } catch (error) {
      const { path, readOnly, warn } = this.#options;
      if (!isDamage(error)) throw error;
      if (readOnly) throw damaged(path, DAMAGED, error);
      moveAside(path, DAMAGED, warn);
      return this.#openedAsItIs();
    }
  }

  #openedAsItIs(): OpenDatabase {
    const { path, readOnly, intervalMillis, warn } = this.#options;
    const database = openDatabase(path, { readOnly, logBytes: this.#logBytes, warn });
    try {
      const tables = new Tables(database, this.#known, intervalMillis, this.#unreadable);
      const retention = readOnly ? undefined : new Retention(tables, this.#options);
      return { tables, retention, counter: new Counter(tables.database) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get #logBytes(): number {
    return Math.min(MAX_LOG_BYTES, Math.ceil(this.#options.maxBytes / 16));
  }

  #currentInode(): number {
    const { path } = this.#options;
    if (path === IN_MEMORY) return 0;
    try {
      return statSync(path).ino;
    } catch {
      return ABSENT;
    }
  }
}

function damaged(path: string, problem: string, cause: unknown): StorePathError {
  return new StorePathError(
    `history "${path}": ${problem} (${errorMessage(cause)}); open it to write, which moves it aside and begins a new one, or give another path`,
    { cause },
  );
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

interface Counted {
  readonly points: number;
  readonly series: number;
  readonly events: number;
  readonly oldest: number | null;
  readonly newest: number | null;
}

interface Part {
  readonly points: number | null;
  readonly oldest: number | null;
  readonly newest: number | null;
}

class Counter {
  readonly #parts: readonly Statement<Part>[];
  readonly #events: Statement<Part>;
  readonly #series: Statement<{ readonly count: number }>;

  constructor(database: Database) {
    this.#parts = [
      `SELECT total(points) AS points, ${safeInteger("min(first)", "oldest")}, ${safeInteger("max(last)", "newest")}
        FROM chunks`,
      `SELECT sum(length(series) / 4) AS points, ${safeInteger("min(time)", "oldest")}, ${safeInteger("max(time)", "newest")}
        FROM heads JOIN rosters ON rosters.id = roster`,
      // Each by an index of its own.
      `SELECT (SELECT count(*) FROM samples) AS points, (SELECT ${safeInteger("min(time)", "oldest")} FROM samples) AS oldest,
        (SELECT ${safeInteger("max(time)", "newest")} FROM samples) AS newest`,
    ].map((sql) => database.prepare<Part>(sql));
    this.#events = database.prepare(
      `SELECT (SELECT count(*) FROM events) AS points, (SELECT ${safeInteger("min(time)", "oldest")} FROM events) AS oldest,
        (SELECT ${safeInteger("max(time)", "newest")} FROM events) AS newest`,
    );
    this.#series = database.prepare("SELECT count(*) AS count FROM series");
  }

  count(): Counted {
    const parts = this.#parts.flatMap((statement) => statement.get() ?? []);
    const events = this.#events.get();
    const all = events === undefined ? parts : [...parts, events];
    return {
      points: parts.reduce((sum, { points }) => sum + (points ?? 0), 0),
      series: this.#series.get()?.count ?? 0,
      events: events?.points ?? 0,
      oldest: least(all.map(({ oldest }) => oldest)),
      newest: most(all.map(({ newest }) => newest)),
    };
  }
}

function least(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function most(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}
