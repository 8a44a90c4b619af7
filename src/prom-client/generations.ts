/** The metrics of a table's rows as collections have them: the same objects until a row is freed. */
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { Interner } from "../engine/series/interner.ts";
import { CollectedPairs, CollectedRows } from "./collected-rows.ts";
import { QuantileRows } from "./quantile-rows.ts";

/** The metrics of successive collections, between which no row was freed. */
interface Generation {
  readonly key: readonly unknown[];
  readonly metrics: readonly CollectedMetric[];
  readonly rows: readonly CollectedRows[];
  isOver: boolean;
}

export class Generations {
  #current: Generation | undefined;
  #interner: Interner | undefined;
  // The generation of each reader's last collection, whose walk may still run.
  readonly #lastOf = new Map<object, Generation>();
  #walked: readonly Generation[] = [];
  // Kept while rows are, since ids of live series must not change.
  readonly #pairs = new WeakMap<Interner, CollectedPairs>();

  /** Metrics for a collection of `reader`. They are made again if a row was freed, or if the key changes. */
  of(
    reader: object,
    interner: Interner,
    key: readonly unknown[],
    make: () => readonly CollectedMetric[],
  ): readonly CollectedMetric[] {
    let current = this.#current;
    const isKnown = interner === this.#interner && current?.key.every((each, i) => each === key[i]);
    if (current === undefined || current.isOver || isKnown !== true) {
      const metrics = make();
      const rows = metrics.flatMap(({ series }) => rowsIn(series));
      this.#current = current = { key, metrics, rows, isOver: false };
    }
    // One provider collects a metric, as a rule: readers of a former one are gone.
    if (interner !== this.#interner) this.#lastOf.clear();
    this.#interner = interner;
    if (this.#lastOf.get(reader) !== current) {
      this.#lastOf.set(reader, current);
      this.#walk([...new Set(this.#lastOf.values())]);
    }
    return current.metrics;
  }

  /** `reader` collects no more. Its last walk may still run: the next collection that differs ends it. */
  forget(reader: object): void {
    this.#lastOf.delete(reader);
  }

  pairsFor(interner: Interner): CollectedPairs {
    let pairs = this.#pairs.get(interner);
    if (pairs === undefined) this.#pairs.set(interner, (pairs = new CollectedPairs(interner)));
    return pairs;
  }

  /** Call before a row is freed: walks that have not ended still have its series. */
  beforeFree(row: number): void {
    for (const generation of this.#walked) {
      generation.isOver = true;
      for (const rows of generation.rows) rows.keep(row);
    }
  }

  /** Releases all pairs, at the end of the table. */
  end(): void {
    this.#lastOf.clear();
    this.#walk([]);
    if (this.#interner !== undefined) this.#pairs.get(this.#interner)?.end();
  }

  #walk(generations: readonly Generation[]): void {
    for (const each of this.#walked)
      if (!generations.includes(each)) for (const rows of each.rows) rows.end();
    this.#walked = generations;
  }
}

function rowsIn(series: SeriesSource): readonly CollectedRows[] {
  if (series instanceof QuantileRows) return series.quantiles;
  return series instanceof CollectedRows ? [series] : [];
}
