// A store's file, opened.
import { statSync } from "node:fs";
import { Counter } from "./counted.ts";
import { IN_MEMORY, moveAside, openDatabase } from "./database-file.ts";
import type { KnownSeries } from "./known-series.ts";
import { Reserve } from "./reserve.ts";
import { Retention } from "./retention.ts";
import { Tables } from "./tables.ts";

// SQLite's log is written into the file when it is that large.
const MAX_LOG_BYTES = 8 * 1024 * 1024;

/** What a file is opened with. */
export interface DiskOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly intervalMillis: number;
  readonly metricsMillis: number;
  readonly eventsMillis: number;
  readonly maxBytes: number;
  readonly warn: (message: string) => void;
}

interface OpenDatabase {
  readonly tables: Tables;
  readonly retention: Retention | undefined;
  readonly counter: Counter;
}

/** An open database in a file, or in memory. */
export class Disk {
  readonly reserve: Reserve | undefined;
  readonly #options: DiskOptions;
  readonly #known: KnownSeries;
  #open: OpenDatabase;
  #inode: number;

  constructor(options: DiskOptions, known: KnownSeries) {
    this.#options = options;
    this.#known = known;
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
    const isFile = options.path !== IN_MEMORY && !options.readOnly;
    // Room for the log to be written into the file, and then for what is removed.
    this.reserve = isFile ? new Reserve(options.path, 1.25 * this.#logBytes) : undefined;
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

  /** Bytes that the file and its log take. */
  get sizeBytes(): number {
    const { path } = this.#options;
    if (path === IN_MEMORY) return 0;
    return sizeOf(path) + sizeOf(`${path}-wal`);
  }

  /** Whether the file is still the one that was opened: it may have been deleted, or moved aside by another process. */
  get isInPlace(): boolean {
    return this.#currentInode() === this.#inode;
  }

  /** Opens what is in the file's place now. */
  reopen(): void {
    this.#open.tables.database.close();
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
  }

  /** Lets go of the file, with all that is in its log written into it. */
  close(): void {
    const { database } = this.#open.tables;
    try {
      // The package's statements keep the file open until they are collected, so that closing does not do it.
      if (!this.#options.readOnly) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      database.close();
    }
  }

  /** Moves the file aside and begins a new one. */
  replace(problem: string): void {
    this.#open.tables.database.close();
    // Another process may have done so already.
    if (this.isInPlace) moveAside(this.#options.path, problem, this.#options.warn);
    this.#open = this.#opened();
    this.#inode = this.#currentInode();
  }

  #opened(): OpenDatabase {
    const { path, readOnly, intervalMillis, warn } = this.#options;
    const database = openDatabase(path, { readOnly, logBytes: this.#logBytes, warn });
    const tables = new Tables(database, this.#known, intervalMillis);
    const retention = readOnly ? undefined : new Retention(tables, this.#options);
    return { tables, retention, counter: new Counter(tables.database) };
  }

  get #logBytes(): number {
    return Math.min(MAX_LOG_BYTES, Math.ceil(this.#options.maxBytes / 16));
  }

  #currentInode(): number {
    const { path } = this.#options;
    return path === IN_MEMORY ? 0 : (statSync(path, { throwIfNoEntry: false })?.ino ?? -1);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
