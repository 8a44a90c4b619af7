// Table of samples: single values, one row each.
import { type NumberBlock, numberBlock } from "./block.ts";
import type { Database } from "./sqlite.ts";
import type { Unreadable } from "./unreadable.ts";
import type { Lifetime, Sample, SampleFigures } from "./stored.ts";

interface PointRow {
  readonly id: number;
  readonly time: number;
  readonly value: number | null;
}

interface SampleRow {
  readonly id: number;
  readonly metric: string;
  readonly time: number;
  readonly value: number | string;
  readonly context: string | null;
}

interface FiguresRow {
  readonly samples: number;
  readonly texts: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
}

const IS_NUMBER = "typeof(value) IN ('integer', 'real')";
const OF_NUMBERS = `FILTER (WHERE ${IS_NUMBER})`;
const OF_TEXTS = "FILTER (WHERE typeof(value) = 'text')";
const NOTHING: FiguresRow = { samples: 0, texts: 0, count: 0, sum: 0, min: null, max: null };

// Rows per statement and block. A statement that stays open would block other processes.
const PAGE = 10_000;

/** Reads and writes samples. Writing requires a transaction. */
export class SampleTable {
  readonly #sql: ReturnType<typeof statements>;
  readonly #unreadable: Unreadable;

  constructor(database: Database, unreadable: Unreadable) {
    this.#unreadable = unreadable;
    this.#sql = statements(database);
  }

  /** Adds a sample; returns `false` if another process has removed the series. */
  add(series: number, { timeUnixMillis, value, context }: Omit<Sample, "metric">): boolean {
    return Number(this.#sql.add.run(timeUnixMillis, value, context ?? null, series).changes) === 1;
  }

  *all(): Generator<Sample> {
    for (let last = 0, rows = this.#sql.all.all(last); rows.length > 0; rows = this.#sql.all.all(last)) {
      for (const { id, metric, time, value, context } of rows) {
        last = id;
        yield { metric, timeUnixMillis: time, value, ...(context !== null && { context }) };
      }
    }
  }

  /** The numbers of a series, in order of time, then arrival. */
  *read(series: number, from: number, to: number): Generator<readonly NumberBlock[]> {
    const end = Math.min(to, Number.MAX_SAFE_INTEGER);
    let after: Pick<PointRow, "id" | "time"> = { id: -1, time: Math.max(from, Number.MIN_SAFE_INTEGER) };
    for (;;) {
      const rows = this.#sql.points.all(series, after.time, after.id, end);
      const last = rows.at(-1);
      if (last === undefined) return;
      const points = rows.filter(({ id, value }) => {
        if (value === null) this.#unreadable.add("samples", id);
        return value !== null;
      });
      const times = Float64Array.from(points, ({ time }) => time);
      const values = Float64Array.from(points, ({ value }) => value ?? Number.NaN);
      if (points.length > 0) yield [numberBlock(series, times, values)];
      after = last;
    }
  }

  /** The times of a series' first and last sample, texts included. */
  lifetime(series: number): Lifetime | undefined {
    const { from = null, to = null } = this.#sql.lifetime.get(series, series) ?? {};
    return from === null || to === null ? undefined : { from, to };
  }

  figures(metric: number, from: number, to: number): SampleFigures {
    const { samples, texts, count, sum, min, max } = this.#sql.figures.get(metric, from, to) ?? NOTHING;
    if (samples > texts + count) this.#unreadable.add("samples", `of metric ${metric}`);
    return { count, sum, min: min ?? Infinity, max: max ?? -Infinity, texts };
  }
}

function statements(database: Database) {
  return {
    add: database.prepare(`INSERT INTO samples (series, time, value, context)
        SELECT id, ?, ?, ? FROM series WHERE id = ?`),
    all: database.prepare<SampleRow>(`SELECT samples.id, name AS metric, time, value, context FROM samples JOIN series ON series.id = series
        JOIN metrics ON metrics.id = metric WHERE samples.id > ? ORDER BY samples.id LIMIT ${PAGE}`),
    points:
      database.prepare<PointRow>(`SELECT id, time, CASE WHEN ${IS_NUMBER} THEN CAST(value AS REAL) END AS value
        FROM samples
        WHERE series = ? AND (time, id) > (?, ?) AND time <= ? AND typeof(value) <> 'text'
        ORDER BY time, id LIMIT ${PAGE}`),
    lifetime: database.prepare<{ readonly from: number | null; readonly to: number | null }>(
      `SELECT (SELECT min(time) FROM samples WHERE series = ?) AS "from",
        (SELECT max(time) FROM samples WHERE series = ?) AS "to"`,
    ),
    figures:
      database.prepare<FiguresRow>(`SELECT count(*) AS samples, count(*) ${OF_TEXTS} AS texts, count(*) ${OF_NUMBERS} AS count,
        total(value) ${OF_NUMBERS} AS sum, CAST(min(value) ${OF_NUMBERS} AS REAL) AS min,
        CAST(max(value) ${OF_NUMBERS} AS REAL) AS max
        FROM samples JOIN series ON series.id = series WHERE metric = ? AND time BETWEEN ? AND ?`),
  };
}
