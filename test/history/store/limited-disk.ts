// Simulation of a full disk without mounting: databases are limited in their number of pages.
import { mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import type { Database, SqlValue, Statement } from "../../../src/history/store/sqlite.ts";
import type { SmallDisk } from "../../faults/small-disk.ts";

interface Sqlite {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
}

const PAGE_BYTES = 4_096;
const CAPACITY_PAGES = 512;

const require = createRequire(import.meta.url);
const builtIn: unknown = process.getBuiltinModule("node:sqlite");
const { DatabaseSync }: Sqlite = require(builtIn === undefined ? "@photostructure/sqlite" : "node:sqlite");
const disks: LimitedDisk[] = [];

/** A simulated disk in a new folder. */
export function limitedDisk(folder: string): SmallDisk {
  mkdirSync(folder);
  const disk = new LimitedDisk(folder);
  disks.push(disk);
  return disk;
}

class LimitedDisk implements SmallDisk {
  readonly folder: string;
  #databasePages = 0;
  #reserve = "";
  #fillerPages = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The maximum number of pages of a database that has `pages` pages. */
  limitOf(path: string, pages: number): number {
    this.#databasePages = pages;
    this.#reserve = `${path}.reserve`;
    return Math.max(CAPACITY_PAGES - this.#fillerPages - this.#reservePages(), pages, 1);
  }

  fill(): void {
    this.#fillerPages = CAPACITY_PAGES - this.#databasePages - this.#reservePages();
  }

  free(): void {
    this.#fillerPages = 0;
  }

  #reservePages(): number {
    return Math.ceil((statSync(this.#reserve, { throwIfNoEntry: false })?.size ?? 0) / PAGE_BYTES);
  }
}

class LimitedDatabase implements Database {
  readonly #database: Database;
  readonly #path: string;
  readonly #disk: LimitedDisk | undefined;

  constructor(path: string, options: { readonly readOnly?: boolean } = {}) {
    this.#database = new DatabaseSync(path, options);
    this.#path = path;
    this.#disk = options.readOnly === true ? undefined : disks.find(({ folder }) => path.startsWith(folder));
  }

  exec(sql: string): void {
    this.#limit();
    this.#database.exec(sql);
  }

  prepare<Row>(sql: string): Statement<Row> {
    const statement = this.#database.prepare<Row>(sql);
    return {
      run: (...values: readonly SqlValue[]) => {
        this.#limit();
        return statement.run(...values);
      },
      get: (...values) => statement.get(...values),
      all: (...values) => statement.all(...values),
    };
  }

  close(): void {
    this.#database.close();
  }

  #limit(): void {
    if (this.#disk === undefined) return;
    const row = this.#database.prepare<{ readonly page_count: number }>("PRAGMA page_count").get();
    const limit = this.#disk.limitOf(this.#path, row?.page_count ?? 0);
    this.#database.exec(`PRAGMA max_page_count = ${limit}`);
  }
}

// The store uses Node.js' own SQLite if available.
const getBuiltinModule = process.getBuiltinModule.bind(process);
Object.defineProperty(process, "getBuiltinModule", {
  value: (name: string): unknown =>
    name === "node:sqlite" ? { DatabaseSync: LimitedDatabase } : getBuiltinModule(name),
});
