// Removal of old data by age and size.
import { freeBytes, inTransaction, type Statement, usedBytes } from "./sqlite.ts";
import type { Tables } from "./tables.ts";

export interface RetentionLimits {
  readonly metricsMillis: number;
  readonly eventsMillis: number;
  readonly maxBytes: number;
  readonly path: string;
  readonly warn: (message: string) => void;
  /** Whether the process is about to end, so the rest is done later. */
  readonly isEnding: () => boolean;
}

interface Part {
  readonly millis: "metricsMillis" | "eventsMillis";
  // Removals of rows that belong to the oldest ones come first.
  readonly removals: readonly Statement<never>[];
  readonly count: Statement<{ readonly count: number }>;
  readonly timeAt: Statement<{ readonly time: number }>;
}

// The oldest twentieth is removed at a time, until the size is below this share of the limit.
const PORTIONS = 20;
const AIM = 0.9;
// Less free space is reused, because returning it would move pages for little gain.
const MIN_FREE_BYTES = 1024 * 1024;
// Pages per transaction. A gibibyte at once would block other processes, and the end of this one, for many seconds.
const PAGES_A_STEP = 4_096;
const ROWS_A_STEP = 5_000;

/** Removes data beyond the limits of age and size, and returns its space to the file system. */
export class Retention {
  readonly #tables: Tables;
  readonly #limits: RetentionLimits;
  readonly #parts: readonly Part[];
  readonly #headBytes: Statement<{ readonly bytes: number }>;
  #hasWarned = false;

  constructor(tables: Tables, limits: RetentionLimits) {
    this.#tables = tables;
    this.#limits = limits;
    const part = (millis: Part["millis"], table: string, column: string, ...others: string[]): Part => {
      const prepared = <Row>(sql: string): Statement<Row> => tables.database.prepare<Row>(sql);
      const oldest = `SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column}, rowid LIMIT ${ROWS_A_STEP}`;
      return {
        millis,
        removals: [...others, table].map((each) =>
          prepared(`DELETE FROM ${each} WHERE rowid IN (${oldest})`),
        ),
        count: prepared(`SELECT count(*) AS count FROM ${table}`),
        timeAt: prepared(`SELECT ${column} AS time FROM ${table} ORDER BY ${column} LIMIT 1 OFFSET ?`),
      };
    };
    this.#headBytes = tables.database.prepare("SELECT total(length(cells)) AS bytes FROM heads");
    this.#parts = [
      part("metricsMillis", "chunks", "last", "chunk_points"),
      part("metricsMillis", "samples", "time"),
      part("eventsMillis", "events", "time"),
    ];
  }

  /** @param isUrgent whether all free space is returned, even a little */
  enforce(now: number, isUrgent = false): void {
    this.#removeBefore((millis) => now - this.#limits[millis]);
    if (usedBytes(this.#tables.database) > this.#limits.maxBytes) {
      const aim = AIM * this.#limits.maxBytes;
      const isOutOfReach = (this.#headBytes.get()?.bytes ?? 0) > aim;
      if (isOutOfReach) this.#warn();
      for (let used = Infinity; used > aim; used = usedBytes(this.#tables.database)) {
        if (this.#limits.isEnding()) return;
        const time = this.#endOfOldest();
        if (time === undefined) break;
        this.#removeBefore(() => time + 1);
        // Otherwise everything else would be removed.
        if (isOutOfReach) break;
      }
    }
    if (isUrgent || freeBytes(this.#tables.database) >= MIN_FREE_BYTES) this.#giveBack();
  }

  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { path, maxBytes, warn } = this.#limits;
    warn(
      `"${path}": the latest points alone are larger than maxBytes (${maxBytes}), so older data is removed; raise maxBytes, or record fewer series`,
    );
  }

  #removeBefore(timeOf: (millis: Part["millis"]) => number): void {
    const { database } = this.#tables;
    for (const { millis, removals } of this.#parts) {
      const removeSome = (): number =>
        removals.map((removal) => Number(removal.run(timeOf(millis)).changes)).at(-1) ?? 0;
      do {
        if (this.#limits.isEnding()) return;
      } while (inTransaction(database, removeSome) === ROWS_A_STEP);
    }
    inTransaction(database, () => {
      const { catalog, heads } = this.#tables;
      for (const [series, { to }] of heads.lifetimes()) catalog.mark(series, to);
      if (catalog.removeBefore(timeOf("metricsMillis"))) this.#tables.forgetIds();
    });
  }

  // The latest time of the oldest twentieth.
  #endOfOldest(): number | undefined {
    const times = this.#parts.flatMap(({ count, timeAt }) => {
      const all = count.get()?.count ?? 0;
      return timeAt.get(Math.floor(all / PORTIONS))?.time ?? [];
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
