// An open store file.
import { statSync } from "node:fs";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { IN_MEMORY, moveAside, openDatabase, sizeOf, StorePathError } from "./database-file.ts";
import type { KnownOrigins } from "./collection-writer.ts";
import { Reserve } from "./reserve.ts";
import { Retention } from "./retention.ts";
import { type Database, isDamage, isRefusedByDisk, safeInteger } from "./sqlite.ts";
import type { StoreSettings, StoreSpan, StoreUsage } from "./stored.ts";
import { Tables } from "./tables.ts";
import type { Unreadable } from "./unreadable.ts";

// Size of SQLite's log at which it is written into the file.
const MAX_LOG_BYTES = 8 * 1024 * 1024;

export const DAMAGED = "the file is damaged";

const ABSENT = -1;
const NOWHERE = -2;

type Counted = Pick<StoreUsage, "points" | "series" | "events" | "oldest" | "newest">;

/** The tables of an open database, and what is known of their content. */
export interface OpenDatabase {
  readonly tables: Tables;
  readonly retention: Retention | undefined;
  readonly count: () => Counted;
  readonly span: () => StoreSpan;
  readonly oldestCollected: () => number;
}

/** An open database, in a file or in memory. */
export class Disk {
  readonly reserve: Reserve | undefined;
  readonly #options: StoreSettings;
  readonly #known: KnownOrigins;
  readonly #unreadable: Unreadable;
  #open: OpenDatabase;
  #inode: number;

  constructor(options: StoreSettings, known: KnownOrigins, unreadable: Unreadable) {
    this.#unreadable = unreadable;
    this.#options = options;
    this.#known = known;
    const isFile = options.path !== IN_MEMORY && !options.readOnly;
    // Space for writing the log into the file, and then for removing data.
    this.reserve = isFile ? new Reserve(options.path, 1.25 * this.#logBytes, options.warn) : undefined;
    this.#open = this.#openedWithRoom();
    this.#inode = this.#currentInode();
  }

  get open(): OpenDatabase {
    return this.#open;
  }

  get sizeBytes(): number {
    const { path } = this.#options;
    if (path === IN_MEMORY) return 0;
    return sizeOf(path) + sizeOf(`${path}-wal`);
  }

  /** Whether the path still refers to the opened file, which another process may have deleted or renamed. */
  get isInPlace(): boolean {
    return this.#currentInode() === this.#inode;
  }

  /** Opens the file that is now at the path. If that fails, the previous file can still be read. */
  reopen(): void {
    const before = this.#open.tables.database;
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
    before.close();
  }

  close(): void {
    const { database } = this.#open.tables;
    try {
      // Statements of the package keep the file open until they are garbage-collected, so closing does not write the
      // log.
      if (!this.#options.readOnly)
        database.exec("PRAGMA busy_timeout = 500; PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
    } finally {
      database.close();
    }
  }

  /** Renames the file and creates a new one. Throws if it is read-only. */
  replace(problem: string, cause: unknown): void {
    const { path, readOnly, warn } = this.#options;
    if (readOnly) throw damaged(path, problem, cause);
    this.#open.tables.database.close();
    const isInPlace = this.isInPlace;
    // If a later step fails, the open file is not the one at the path.
    this.#inode = NOWHERE;
    // Another process may have renamed it already.
    if (isInPlace) moveAside(path, problem, warn);
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
  }

  // Uses the reserve, if a store is opened on a full disk.
  #openedWithRoom(): OpenDatabase {
    try {
      return this.#opened();
    } catch (error) {
      if (!isRefusedByDisk(error)) throw error;
      if (this.reserve?.release() === true) return this.#opened();
      const { path, readOnly } = this.#options;
      const problem = readOnly
        ? `cannot be read (${errorMessage(error)}), because SQLite creates files beside it; copy it to a writable folder`
        : `the disk does not accept writes (${errorMessage(error)}); free space, or use another path`;
      throw new StorePathError(path, problem, error);
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
      const times = database.prepare<Pick<CountRow, "oldest" | "newest">>(SPAN);
      return {
        tables,
        retention,
        count: counterOf(database),
        span: () => spanOf(times.all()),
        // The last row is that of samples.
        oldestCollected: () => spanOf(times.all().slice(0, -1)).oldest ?? Infinity,
      };
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
  const why = `${problem} (${errorMessage(cause)})`;
  const remedy = "open it for writing, which renames it and creates a new store, or use another path";
  return new StorePathError(path, `${why}; ${remedy}`, cause);
}

const earliest = (column: string): string => safeInteger(`min(${column})`, "oldest");
const latest = (column: string): string => safeInteger(`max(${column})`, "newest");
// Separate subqueries, so that each uses its own index.
const partsOf = (table: string): string =>
  `(SELECT count(*) FROM ${table}), (SELECT ${earliest("time")} FROM ${table}), (SELECT ${latest("time")} FROM ${table})`;
const COUNTS = `
  SELECT 'points' AS kind, total(points) AS count, ${earliest("first")}, ${latest("last")} FROM chunks
  UNION ALL SELECT 'points', sum(length(series) / 4), ${earliest("time")}, ${latest("time")}
    FROM heads JOIN rosters ON rosters.id = roster
  UNION ALL SELECT 'points', ${partsOf("samples")}
  UNION ALL SELECT 'events', ${partsOf("events")}
  UNION ALL SELECT 'series', count(*), NULL, NULL FROM series`;

interface CountRow {
  readonly kind: "points" | "events" | "series";
  readonly count: number | null;
  readonly oldest: number | null;
  readonly newest: number | null;
}

// Read by each question, so from indexes alone: counting reads all rows of chunks and events.
const SPAN = `
  SELECT ${earliest("first")}, ${latest("last")} FROM chunks
  ${["heads", "samples"]
    .map(
      (table) =>
        `UNION ALL SELECT (SELECT ${earliest("time")} FROM ${table}), (SELECT ${latest("time")} FROM ${table})`,
    )
    .join(" ")}`;

function spanOf(rows: readonly Pick<CountRow, "oldest" | "newest">[]): StoreSpan {
  const oldest = rows.flatMap((row) => row.oldest ?? []);
  const newest = rows.flatMap((row) => row.newest ?? []);
  return {
    ...(oldest.length > 0 && { oldest: Math.min(...oldest) }),
    ...(newest.length > 0 && { newest: Math.max(...newest) }),
  };
}

/** Counts the rows of a store. */
export function counterOf(database: Database): () => Counted {
  const statement = database.prepare<CountRow>(COUNTS);
  return () => {
    const rows = statement.all();
    const countOf = (kind: CountRow["kind"]): number =>
      rows.reduce((sum, row) => (row.kind === kind ? sum + (row.count ?? 0) : sum), 0);
    return {
      points: countOf("points"),
      series: countOf("series"),
      events: countOf("events"),
      ...spanOf(rows),
    };
  };
}
