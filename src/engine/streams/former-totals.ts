import type { Attributes } from "@opentelemetry/api";
import { grownFloat64 } from "../aggregation/grown.ts";
import { OVERFLOW_ROW, SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";

// A row: the observed total; its round; the row of the series that its growth is added to; the total in the round before.
const ROUND = 1;
const SERIES = 2;
const BEFORE = 3;
const WIDTH = 4;
// Attribute sets beyond those with a series.
const MAX_OTHERS = 10_000;

/** Growth of an observed total. A monotonic one that has fallen was reset: its whole value is new. */
export function growthOf(total: number, before: number, isMonotonic: boolean): number {
  if (isMonotonic && total < before) return total;
  // Sums beyond the range of doubles are infinite, and their difference would be NaN.
  return total === before ? 0 : total - before;
}

/**
 * Last observed totals of attribute sets that share a series, or that have none at present. Without them, the next total
 * of such a set would count as growth.
 *
 * Bounded: if there are too many sets, those of the last round are kept. Sets beyond those are one.
 */
export class FormerTotals {
  readonly #sets: SeriesTable;
  readonly #isMonotonic: boolean;
  #cells: Float64Array = new Float64Array(WIDTH);

  constructor({ interner, limit, onDroppedAttribute }: SeriesTableOptions, isMonotonic: boolean) {
    this.#isMonotonic = isMonotonic;
    const onNewRow = (row: number): void => {
      const length = (row + 1) * WIDTH;
      if (length > this.#cells.length) this.#cells = grownFloat64(this.#cells, length);
    };
    this.#sets = new SeriesTable({ interner, limit: limit + MAX_OTHERS, onDroppedAttribute, onNewRow });
  }

  /** Returns the row of a set, for {@link observe}. It is valid until {@link makeRoom}. */
  rowOf(attributes: Attributes | undefined): number {
    return this.#sets.rowOf(attributes);
  }

  /** The total of a set at its last collection. */
  totalOf(row: number): number {
    return this.#cells[row * WIDTH + BEFORE]!;
  }

  /** Notes a total of this round, whose growth is added to `series`. The last one of a set holds. */
  observe(row: number, total: number, series: number, round: number): void {
    const cells = this.#cells;
    const offset = row * WIDTH;
    const isRest = row === OVERFLOW_ROW;
    cells[offset] = isRest && cells[offset + ROUND] === round ? cells[offset]! + total : total;
    cells[offset + ROUND] = round;
    cells[offset + SERIES] = series;
  }

  /** Calls `grow` with the growth of each set of this round. */
  settle(round: number, grow: (series: number, growth: number) => void): void {
    const cells = this.#cells;
    for (let offset = 0; offset < this.#sets.rowCount * WIDTH; offset += WIDTH) {
      if (cells[offset + ROUND] !== round) continue;
      const before = cells[offset + BEFORE]!;
      // The rest has other sets each time, so a smaller sum does not mean a reset.
      const total = offset === 0 && this.#isMonotonic ? Math.max(cells[offset]!, before) : cells[offset]!;
      grow(cells[offset + SERIES]!, growthOf(total, before, this.#isMonotonic));
      cells[offset + BEFORE] = total;
    }
  }

  /** Keeps the last total of a set whose series is removed. */
  keep(attributes: Attributes, total: number): void {
    const row = this.#sets.rowOf(attributes);
    if (row !== OVERFLOW_ROW) this.#cells[row * WIDTH + BEFORE] = total;
  }

  /** Returns the last total of a set that gets its own series, and forgets it. 0 for an unknown set. */
  take(attributes: Attributes): number {
    const row = this.#sets.size === 0 ? -1 : this.#sets.existingRowOf(attributes);
    if (row <= OVERFLOW_ROW) return 0;
    const total = this.#cells[row * WIDTH + BEFORE]!;
    this.#forget(row);
    return total;
  }

  /** Forgets the sets that this round did not have, if there are too many. */
  makeRoom(round: number): void {
    if (!this.#sets.isFull) return;
    for (let row = OVERFLOW_ROW + 1; row < this.#sets.rowCount; row++)
      if (this.#cells[row * WIDTH + ROUND] !== round) this.#forget(row);
  }

  #forget(row: number): void {
    if (this.#sets.free(row)) this.#cells.fill(0, row * WIDTH, (row + 1) * WIDTH);
  }
}
