/** The rows of a metric as series of a collection. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { Interner } from "../engine/series/interner.ts";
import { NO_PAIR } from "../engine/series/interner.ts";
import type { SeriesTable } from "../engine/series/series-table.ts";

/** Cells of one row. */
export interface RowReading {
  readonly cells: Float64Array;
  readonly offset: number;
}

interface RowsOptions {
  readonly rows: { readonly table: SeriesTable; readonly startTimeOf: (row: number) => number };
  readonly interner: Interner;
  /** Called before the rows are read. It may add a row. */
  readonly settle?: (() => void) | undefined;
  readonly read: (row: number) => RowReading;
  readonly exemplarsOf?: ((row: number) => readonly Exemplar[]) | undefined;
  /** Label that all series have beside their own. */
  readonly further?: readonly [name: string, value: string] | undefined;
}

export class CollectedRows implements SeriesSource {
  readonly #options: RowsOptions;
  // The collection's id of each own pair, with the stamp of the own pair. Ids are held.
  readonly #ids: number[] = [];
  readonly #stamps: number[] = [];
  readonly #further: number | undefined;

  constructor(options: RowsOptions) {
    this.#options = options;
    const { further, interner } = options;
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
    const end = Math.min(to, this.length);
    for (let row = Math.max(from, 1); row < end; row++) {
      if (!rows.table.isLive(row)) continue;
      const { cells, offset } = read(row);
      visitor.series(cells, offset, row);
    }
  }

  pairsOf(row: number, ids: Int32Array): number {
    const { table } = this.#options.rows;
    const own = table.pairCountOf(row);
    for (let i = 0; i < own && i < ids.length; i++) ids[i] = this.#idOf(table.pairAt(row, i));
    if (this.#further === undefined) return own;
    if (own < ids.length) ids[own] = this.#further;
    return own + 1;
  }

  attributesOf(row: number): Attributes {
    const { rows, further } = this.#options;
    const attributes = rows.table.attributesOf(row);
    return further === undefined ? attributes : { ...attributes, [further[0]]: further[1] };
  }

  startTimeOf(row: number): number {
    return this.#options.rows.startTimeOf(row);
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#options.exemplarsOf?.(row) ?? [];
  }

  #idOf(own: number): number {
    const { rows, interner } = this.#options;
    const source = rows.table.interner;
    const stamp = source.stampOf(own);
    const known = this.#ids[own];
    if (known !== undefined && this.#stamps[own] === stamp) return known;
    if (known !== undefined && known !== NO_PAIR) interner.release(known);
    const id = interner.intern(source.keyOf(own), source.valueOf(own));
    this.#ids[own] = id;
    this.#stamps[own] = stamp;
    return id;
  }
}
