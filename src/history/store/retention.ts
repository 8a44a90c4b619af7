// What is too old or too much goes.
import { freeBytes, inTransaction, type Statement, usedBytes } from "./sqlite.ts";
import type { Tables } from "./tables.ts";

export interface RetentionLimits {
  readonly metricsMillis: number;
  readonly eventsMillis: number;
  readonly maxBytes: number;
  /** Whether the process is about to end: the rest is done another time. */
  readonly isEnding: () => boolean;
}

// Removes the oldest rows; first those of tables that belong to them.
interface Removal {
  readonly table: string;
  readonly statements: readonly Statement<never>[];
}

interface Time {
  readonly time: number;
}

// The oldest twentieth at a time, down to this share of the limit.
const PORTIONS = 20;
const AIM = 0.9;
// Less free room is used again: giving it back would move pages for nothing.
const MIN_FREE_BYTES = 1024 * 1024;
// Per transaction: a gibibyte would block other processes, and the end of this one, for many seconds.
const PAGES_A_STEP = 4_096;
const ROWS_A_STEP = 5_000;

/** Removes what is too old or too much, and gives its room back to the file system. */
export class Retention {
  readonly #tables: Tables;
  readonly #limits: RetentionLimits;
  readonly #removals: readonly Removal[];
  readonly #oldest: readonly { readonly count: Statement<{ count: number }>; readonly at: Statement<Time> }[];

  constructor(tables: Tables, limits: RetentionLimits) {
    const { database } = tables;
    this.#tables = tables;
    this.#limits = limits;
    const removal = (table: string, column: string, ...others: readonly string[]): Removal => {
      const oldest = `SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column}, rowid LIMIT ${ROWS_A_STEP}`;
      const statements = [...others, table].map((each) =>
        database.prepare(`DELETE FROM ${each} WHERE rowid IN (${oldest})`),
      );
      return { table, statements };
    };
    this.#removals = [
      removal("chunks", "last", "chunk_points"),
      removal("samples", "time"),
      removal("events", "time"),
    ];
    this.#oldest = [
      ["chunks", "last"],
      ["samples", "time"],
      ["events", "time"],
    ].map(([table, column]) => ({
      count: database.prepare(`SELECT count(*) AS count FROM ${table}`),
      at: database.prepare(`SELECT ${column} AS time FROM ${table} ORDER BY ${column} LIMIT 1 OFFSET ?`),
    }));
  }

  /** `isUrgent`: all free room is given back, however little. */
  enforce(now: number, isUrgent = false): void {
    this.#removeBefore(now - this.#limits.metricsMillis, now - this.#limits.eventsMillis);
    if (usedBytes(this.#tables.database) > this.#limits.maxBytes) {
      for (let used = Infinity; used > AIM * this.#limits.maxBytes; used = usedBytes(this.#tables.database)) {
        if (this.#limits.isEnding()) return;
        const time = this.#endOfOldest();
        if (time === undefined) break;
        this.#removeBefore(time + 1, time + 1);
      }
    }
    if (isUrgent || freeBytes(this.#tables.database) >= MIN_FREE_BYTES) this.#giveBack();
  }

  #removeBefore(metricsTime: number, eventsTime: number): void {
    const { database } = this.#tables;
    for (const { table, statements } of this.#removals) {
      const time = table === "events" ? eventsTime : metricsTime;
      const removeSome = (): number => {
        let removed = 0;
        for (const statement of statements) removed = Number(statement.run(time).changes);
        return removed;
      };
      do {
        if (this.#limits.isEnding()) return;
      } while (inTransaction(database, removeSome) === ROWS_A_STEP);
    }
    inTransaction(database, () => {
      const { catalog, heads, writer } = this.#tables;
      for (const [series, time] of heads.latest()) catalog.mark(series, time);
      if (catalog.removeBefore(metricsTime)) writer.forget();
    });
  }

  // The end of the oldest twentieth.
  #endOfOldest(): number | undefined {
    const times = this.#oldest.flatMap(({ count, at }) => {
      const all = count.get()?.count ?? 0;
      return at.get(Math.floor(all / PORTIONS))?.time ?? [];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #giveBack(): void {
    const { database } = this.#tables;
    let before = Infinity;
    for (let free = freeBytes(database); free > 0 && free < before; free = freeBytes(database)) {
      if (this.#limits.isEnding()) return;
      database.exec(`PRAGMA incremental_vacuum(${PAGES_A_STEP})`);
      before = free;
    }
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
}
