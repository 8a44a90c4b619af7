// Single values, a row each.
import type { NumberBlock } from "./block.ts";
import { numberBlock } from "./held-blocks.ts";
import type { Database, Statement } from "./sqlite.ts";
import type { Sample } from "./stored.ts";

interface PointRow {
  readonly time: number;
  readonly value: number;
}

interface SampleRow {
  readonly metric: string;
  readonly time: number;
  readonly value: number | string;
  readonly context: string | null;
}

// Of how many samples a block is made.
const BLOCK_POINTS = 10_000;

/** Reads and writes samples. Whoever writes is in a transaction. */
export class SampleTable {
  readonly #add: Statement<never>;
  readonly #all: Statement<SampleRow>;
  readonly #points: Statement<PointRow>;
  readonly #texts: Statement<{ readonly count: number }>;

  constructor(database: Database) {
    this.#add = database.prepare(
      `INSERT INTO samples (series, time, value, context)
        SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM series WHERE id = ?1)`,
    );
    this.#all = database.prepare(
      `SELECT name AS metric, time, value, context FROM samples JOIN series ON series.id = series
        JOIN metrics ON metrics.id = metric ORDER BY samples.id`,
    );
    this.#points = database.prepare(
      `SELECT time, value FROM samples WHERE series = ? AND time BETWEEN ? AND ? AND typeof(value) <> 'text'
        ORDER BY time, id`,
    );
    this.#texts = database.prepare(
      `SELECT count(*) AS count FROM samples JOIN series ON series.id = series
        WHERE metric = ? AND time BETWEEN ? AND ? AND typeof(value) = 'text'`,
    );
  }

  /** Adds a sample; `false` where another process has removed the series. */
  add(series: number, { timeUnixMillis, value, context }: Omit<Sample, "metric">): boolean {
    return Number(this.#add.run(series, timeUnixMillis, value, context ?? null).changes) === 1;
  }

  /** All samples, in the order of their arrival. */
  *all(): Generator<Sample> {
    for (const { metric, time, value, context } of this.#all.iterate())
      yield { metric, timeUnixMillis: time, value, ...(context !== null && { context }) };
  }

  /** The numbers of a series, by time and then in the order of their arrival. */
  *read(series: number, from: number, to: number): Generator<NumberBlock> {
    let times: number[] = [];
    let values: number[] = [];
    for (const { time, value } of this.#points.iterate(series, from, to)) {
      times.push(time);
      values.push(value);
      if (times.length < BLOCK_POINTS) continue;
      yield numberBlock(series, Float64Array.from(times), Float64Array.from(values));
      times = [];
      values = [];
    }
    if (times.length > 0) yield numberBlock(series, Float64Array.from(times), Float64Array.from(values));
  }

  /** How many texts a metric has from `from` to `to`, both included. */
  texts(metric: number, from: number, to: number): number {
    return this.#texts.get(metric, from, to)?.count ?? 0;
  }
}
