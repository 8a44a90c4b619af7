import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../collection/series-source.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { SeriesExemplars } from "../exemplars/series-exemplars.ts";
import type { Interner } from "../series/interner.ts";
import type { SeriesTable } from "../series/series-table.ts";
import type { Cells } from "./live-series.ts";

const FIRST_CELLS = 64;

/** Data of a series whose row was reused for another series. */
interface GivenAway {
  /** Ids of its attribute pairs, held until the next cycle ends. */
  readonly ids: readonly number[];
  readonly exemplars: readonly Exemplar[];
}

/**
 * The series of one delta cycle, copied. Their cells are stored one after the other, from the position in `starts`. The
 * memory is reused in each cycle.
 *
 *     rows   │ 3 │ 7 │ …          the table's rows
 *     starts │ 0 │ 1 │ 2 …
 *     cells  │ 4.5 │ 12 │ …
 */
export class CopiedSeries implements SeriesSource, SeriesVisitor {
  readonly #layout: Cells;
  readonly table: SeriesTable;
  readonly #exemplars: SeriesExemplars;
  readonly #rows: number[] = [];
  readonly #starts: number[] = [];
  // Series whose rows were reused since, by row.
  readonly #givenAway = new Map<number, GivenAway>();
  #cells = new Float64Array(FIRST_CELLS);
  #used = 0;
  #startTime = 0;

  constructor(layout: Cells, series: SeriesTable, exemplars: SeriesExemplars) {
    this.#layout = layout;
    this.table = series;
    this.#exemplars = exemplars;
  }

  /** Clears the last cycle. @param startTime start of the new one, in milliseconds since the epoch. */
  restart(startTime: number): void {
    this.#rows.length = 0;
    this.#starts.length = 0;
    this.#used = 0;
    this.#startTime = startTime;
    for (const { ids } of this.#givenAway.values()) for (const id of ids) this.table.interner.release(id);
    this.#givenAway.clear();
  }

  /** Keeps the data of a row that is about to be reused for another series, unless it was reused in this cycle before. */
  remember(row: number): void {
    if (this.#givenAway.has(row)) return;
    const ids = Array.from({ length: this.table.pairCountOf(row) }, (_, i) => this.table.pairAt(row, i));
    for (const id of ids) this.table.interner.retain(id);
    this.#givenAway.set(row, { ids, exemplars: this.#exemplars.collect(row, this.table) });
  }

  series(cells: Float64Array, offset: number, row: number): void {
    const length = this.#layout.lengthOf(cells, offset);
    this.#makeRoom(length);
    this.#rows.push(row);
    this.#starts.push(this.#used);
    for (let i = 0; i < length; i++) this.#cells[this.#used + i] = cells[offset + i]!;
    this.#used += length;
  }

  get length(): number {
    return this.#rows.length;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    const end = Math.min(to, this.length);
    for (let i = from; i < end; i++) visitor.series(this.#cells, this.#starts[i]!, this.#rows[i]!);
  }

  pairsOf(row: number, ids: Int32Array): number {
    const given = this.#givenAway.get(row);
    return given === undefined ? this.table.pairsOf(row, ids) : copied(given.ids, ids);
  }

  attributesOf(row: number): Attributes {
    const given = this.#givenAway.get(row);
    return given === undefined
      ? this.table.attributesOf(row)
      : attributesFrom(given.ids, this.table.interner);
  }

  startTimeOf(): number {
    return this.#startTime;
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#givenAway.get(row)?.exemplars ?? this.#exemplars.collect(row, this.table);
  }

  #makeRoom(length: number): void {
    if (this.#used + length <= this.#cells.length) return;
    const grown = new Float64Array(Math.max(2 * this.#cells.length, this.#used + length));
    grown.set(this.#cells);
    this.#cells = grown;
  }
}

function copied(from: readonly number[], to: Int32Array): number {
  for (const [i, id] of from.entries()) to[i] = id;
  return from.length;
}

function attributesFrom(ids: readonly number[], interner: Interner): Attributes {
  return Object.fromEntries(ids.map((id) => [interner.keyOf(id), interner.valueOf(id)]));
}
