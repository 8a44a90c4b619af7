// Chunks: the sealed points of several series of one metric.
import type { Block } from "./block.ts";
import { type ChunkSource, blocksOf } from "./chunk-blocks.ts";
import { encodePoints } from "./chunk-points.ts";
import { encodeSummary, type SeriesToSumUp } from "./chunk-summary.ts";
import type { Database, Statement } from "./sqlite.ts";
import { SummaryCache } from "./summary-cache.ts";

/** A chunk as far as it is known without reading it. */
export interface ChunkPlace {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  /** The least and the greatest id of its series. */
  readonly low: number;
  readonly high: number;
}

/** Reads and writes chunks. Whoever writes is in a transaction. */
export class ChunkTable {
  readonly #add: Statement<never>;
  readonly #addPoints: Statement<never>;
  readonly #places: Statement<ChunkPlace>;
  readonly #summary: Statement<{ readonly summary: Uint8Array }>;
  readonly #summaries = new SummaryCache();
  readonly #points: Statement<{ readonly points: Uint8Array }>;

  constructor(database: Database) {
    this.#add = database.prepare(
      "INSERT INTO chunks (metric, first, last, low, high, points, summary) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#addPoints = database.prepare("INSERT INTO chunk_points (id, points) VALUES (?, ?)");
    this.#places = database.prepare(
      `SELECT id, first, last, low, high FROM chunks
        WHERE metric = ? AND last >= ? AND first <= ? AND high >= ? AND low <= ? ORDER BY last`,
    );
    this.#summary = database.prepare("SELECT summary FROM chunks WHERE id = ?");
    this.#points = database.prepare("SELECT points FROM chunk_points WHERE id = ?");
  }

  /** Adds a chunk of series of one metric, in the order of their ids. */
  add(metric: number, series: readonly SeriesToSumUp[]): void {
    const times = allTimesOf(series);
    const count = series.reduce((sum, each) => sum + each.times.length, 0);
    const { lastInsertRowid: id } = this.#add.run(
      metric,
      times[0]!,
      times.at(-1)!,
      series[0]!.series,
      series.at(-1)!.series,
      count,
      encodeSummary(series, times),
    );
    const points = series.map((each) => ({ ...each, width: each.histogramWidth ?? 1 }));
    this.#addPoints.run(Number(id), encodePoints(points, times));
  }

  /** The chunks of a metric that may have points of series `low` to `high` from `from` to `to`. */
  places(metric: number, from: number, to: number, low: number, high: number): ChunkPlace[] {
    return this.#places.all(metric, from, to, low, high);
  }

  /** The blocks of a chunk's series that are wanted. */
  blocks(id: number, wanted: ReadonlySet<number>, boundsOf: ChunkSource["boundsOf"]): Block[] {
    const summary = this.#summaries.get(id, () => this.#summary.get(id)?.summary);
    // Another process may just have removed it.
    if (summary === undefined) return [];
    const points = (): Uint8Array => this.#points.get(id)?.points ?? new Uint8Array();
    return blocksOf(summary, wanted, { points, boundsOf });
  }
}

function allTimesOf(series: readonly SeriesToSumUp[]): Float64Array {
  const [{ times } = { times: new Float64Array() }] = series;
  if (series.every((each) => each.times === times)) return times;
  return Float64Array.from(new Set(series.flatMap((each) => [...each.times]))).toSorted();
}
