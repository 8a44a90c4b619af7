/** Rows of cells of one aggregation. */
import type { SharedStore } from "../../engine/aggregation/store.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import { ExplicitRows } from "./explicit-rows.ts";
import { ExponentialCells } from "./exponential-cells.ts";
import { PagedRows, type Rows } from "./paged-rows.ts";
export type { Rows } from "./paged-rows.ts";

export function rowsOf(aggregation: KeptAggregation, shared?: SharedStore): Rows {
  switch (aggregation.kind) {
    case "sum":
      return new SumRows(shared);
    case "lastValue":
      return new LastValueRows(shared);
    case "explicitHistogram":
      return new ExplicitRows(aggregation, shared);
    case "exponentialHistogram":
      return new ExponentialCells(aggregation, shared);
    default:
      return aggregation satisfies never;
  }
}

class SumRows extends PagedRows {
  // -0 means "nothing recorded", as in the stores of sums.
  constructor(shared: SharedStore | undefined) {
    super([-0], shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    this.cells.pageOf(row)[this.cells.offsetOf(row)] = cells[offset]!;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    this.cells.pageOf(row)[this.cells.offsetOf(row)]! += cells[offset]!;
  }

  override read(row: number, into: Float64Array): boolean {
    const value = this.cells.pageOf(row)[this.cells.offsetOf(row)]!;
    into[0] = value;
    return !Object.is(value, -0);
  }
}

// The second cell is 1 in the memory of a thread that records there, 0 if nothing is recorded. In copies of a report, it is
// the time at which a report has first had the value, in milliseconds since the epoch.
class LastValueRows extends PagedRows {
  constructor(shared: SharedStore | undefined) {
    super([0, 0], shared);
  }

  override set(row: number, cells: Float64Array, offset: number): void {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    const value = cells[offset]!;
    if (page[at + 1] === 0 || !Object.is(page[at], value)) page[at + 1] = Date.now();
    page[at] = value;
  }

  override add(row: number, cells: Float64Array, offset: number): void {
    this.set(row, cells, offset);
  }

  override read(row: number, into: Float64Array): boolean {
    const page = this.cells.pageOf(row);
    const at = this.cells.offsetOf(row);
    const time = page[at + 1]!;
    into[0] = page[at]!;
    into[1] = time;
    return time !== 0;
  }
}
