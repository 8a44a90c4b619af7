// Single values, a row each.
import type { NumberBlock } from "./block.ts";
import { numberBlock } from "./held-blocks.ts";
import type { Database, Statement } from "./sqlite.ts";
import type { Sample } from "./stored.ts";

interface PointRow {
  readonly time: number;
  readonly value: number;
}

// Of how many samples a block is made.
const BLOCK_POINTS = 10_000;

/** Reads and writes samples. Whoever writes is in a transaction. */
export class SampleTable {
  readonly #add: Statement<never>;
  readonly #points: Statement<PointRow>;
  readonly #texts: Statement<{ readonly count: number }>;

  constructor(database: Database) {
    this.#add = database.prepare("INSERT INTO samples (series, time, value, context) VALUES (?, ?, ?, ?)");
    this.#points = database.prepare(
      `SELECT time, value FROM samples WHERE series = ? AND time BETWEEN ? AND ? AND typeof(value) <> 'text'
        ORDER BY time, id`,
    );
    this.#texts = database.prepare(
      `SELECT count(*) AS count FROM samples JOIN series ON series.id = series
        WHERE metric = ? AND time BETWEEN ? AND ? AND typeof(value) = 'text'`,
    );
  }

  add(series: number, { timeUnixMillis, value, context }: Sample): void {
    this.#add.run(series, timeUnixMillis, value, context ?? null);
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
