/** The rows of a metric as series of a collection. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { Interner } from "../engine/series/interner.ts";
import type { SeriesTable } from "../engine/series/series-table.ts";

/** Cells of one row. */
export interface RowReading {
  readonly cells: Float64Array;
  readonly offset: number;
}

/** A collection's ids of the pairs that rows have. They are held. */
export class CollectedPairs {
  readonly #interner: Interner;
  // By own id, with the stamp of the own pair.
  readonly #ids: number[] = [];
  readonly #stamps: number[] = [];

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  idOf(own: number, source: Interner): number {
    const stamp = source.stampOf(own);
    const known = this.#ids[own];
    if (known !== undefined && this.#stamps[own] === stamp) return known;
    if (known !== undefined) this.#interner.release(known);
    const id = this.#interner.intern(source.keyOf(own), source.valueOf(own));
    this.#ids[own] = id;
    this.#stamps[own] = stamp;
    return id;
  }

  /** Releases all pairs. */
  end(): void {
    this.#ids.forEach((id) => this.#interner.release(id));
    this.#ids.length = 0;
  }
}

interface RowsOptions {
  readonly rows: {
    readonly table: SeriesTable;
    readonly startTimeOf: (row: number) => number;
    readonly startBy: (unixMillis: number) => void;
    readonly generations: { pairsFor(interner: Interner): CollectedPairs };
  };
  readonly interner: Interner;
  /** Called before the rows are read. It may add a row. */
  readonly settle?: (() => void) | undefined;
  readonly read: (row: number) => RowReading;
  /** Number of a row's cells; all from `offset` by default. */
  readonly width?: number;
  readonly exemplarsOf?: ((row: number) => readonly Exemplar[]) | undefined;
  /** Label that all series have beside their own. */
  readonly further?: readonly [name: string, value: string] | undefined;
}

/** A series whose row was freed after the collection. */
interface KeptSeries {
  readonly cells: Float64Array;
  /** Ids of its pairs, held. */
  readonly ids: Int32Array;
  readonly startTime: number;
  readonly exemplars: readonly Exemplar[];
}

export class CollectedRows implements SeriesSource {
  readonly #options: RowsOptions;
  readonly #pairs: CollectedPairs;
  readonly #further: number | undefined;
  // By row; undefined until the first row is freed. Series that were created later belong to the next collection: they may
  // be kept ones again.
  #kept: Map<number, KeptSeries> | undefined;
  #lastCreated = Infinity;

  constructor(options: RowsOptions) {
    this.#options = options;
    const { rows, further, interner } = options;
    this.#pairs = rows.generations.pairsFor(interner);
    this.#further = further && interner.intern(...further);
  }

  get length(): number {
    this.#options.settle?.();
    return this.#options.rows.table.rowCount;
  }

  get hasExemplars(): boolean {
    return this.#options.exemplarsOf !== undefined;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const { rows, read } = this.#options;
    const kept = this.#kept;
    const end = Math.min(to, this.length);
    for (let row = Math.max(from, 1); row < end; row++) {
      const series = kept?.get(row);
      if (series !== undefined) visitor.series(series.cells, 0, row);
      if (!rows.table.isLive(row)) continue;
      if (kept !== undefined && rows.table.startTimeOf(row) > this.#lastCreated) continue;
      const { cells, offset } = read(row);
      visitor.series(cells, offset, row);
    }
  }

  /** Copies the series of a row that is about to be freed. */
  keep(row: number): void {
    const { rows, read, width, exemplarsOf } = this.#options;
    const { table } = rows;
    if (this.#kept === undefined) {
      this.#lastCreated = 0;
      for (let each = 1; each < table.rowCount; each++)
        if (table.isLive(each)) this.#lastCreated = Math.max(this.#lastCreated, table.startTimeOf(each));
      this.#kept = new Map();
    }
    if (table.startTimeOf(row) > this.#lastCreated) return;
    const ids = new Int32Array(table.pairCountOf(row) + (this.#further === undefined ? 0 : 1));
    this.pairsOf(row, ids);
    for (const id of ids) this.#options.interner.retain(id);
    const { cells, offset } = read(row);
    this.#kept.set(row, {
      cells: cells.slice(offset, width === undefined ? undefined : offset + width),
      ids,
      startTime: rows.startTimeOf(row),
      exemplars: exemplarsOf?.(row) ?? [],
    });
  }

  /** Releases the pairs, except for those of rows. */
  end(): void {
    const { interner } = this.#options;
    for (const { ids } of this.#kept?.values() ?? []) for (const id of ids) interner.release(id);
    this.#kept?.clear();
    if (this.#further !== undefined) interner.release(this.#further);
  }

  pairsOf(row: number, ids: Int32Array): number {
    const kept = this.#kept?.get(row);
    if (kept !== undefined) {
      ids.set(kept.ids.subarray(0, ids.length));
      return kept.ids.length;
    }
    const { table } = this.#options.rows;
    const own = table.pairCountOf(row);
    for (let i = 0; i < own && i < ids.length; i++)
      ids[i] = this.#pairs.idOf(table.pairAt(row, i), table.interner);
    if (this.#further === undefined) return own;
    if (own < ids.length) ids[own] = this.#further;
    return own + 1;
  }

  attributesOf(row: number): Attributes {
    const { rows, further, interner } = this.#options;
    const kept = this.#kept?.get(row);
    if (kept !== undefined)
      return Object.fromEntries(Array.from(kept.ids, (id) => [interner.keyOf(id), interner.valueOf(id)]));
    const attributes = rows.table.attributesOf(row);
    return further === undefined ? attributes : { ...attributes, [further[0]]: further[1] };
  }

  startTimeOf(row: number): number {
    return this.#kept?.get(row)?.startTime ?? this.#options.rows.startTimeOf(row);
  }

  startBy(unixMillis: number): void {
    this.#options.rows.startBy(unixMillis);
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#kept?.get(row)?.exemplars ?? this.#options.exemplarsOf?.(row) ?? [];
  }
}
