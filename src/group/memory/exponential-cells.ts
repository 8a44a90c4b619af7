/** Rows of exponential histograms. */
import { READING } from "../../engine/aggregation/exponential-reading.ts";
import { ExponentialRows } from "../../engine/aggregation/exponential-rows.ts";
import type { Pages } from "../../engine/aggregation/pages.ts";
import { RowGrowth } from "../../engine/aggregation/row-growth.ts";
import type { Rows } from "./paged-rows.ts";

export class ExponentialCells extends ExponentialRows implements Rows {
  readonly sumCell: number = READING.sum;

  get cells(): Pages {
    return this.pages.pages;
  }

  reserve(row: number): void {
    this.pages.reserve(row);
  }

  set(row: number, cells: Float64Array, offset: number): void {
    this.empty(row);
    this.add(row, cells, offset);
  }

  clear(row: number): void {
    this.empty(row);
  }

  readEnded(row: number, into: Float64Array): void {
    this.read(row, into);
    const end = READING.counts + into[READING.positiveLength]! + into[READING.negativeLength]!;
    let counted = into[READING.zeroCount]!;
    for (let cell: number = READING.counts; cell < end; cell++) counted += into[cell]!;
    into[READING.count] = counted;
  }

  override read(row: number, into: Float64Array): boolean {
    super.read(row, into);
    return into[READING.count]! > 0;
  }

  override readWhole(row: number, into: Float64Array): boolean {
    return super.readWhole(row, into) && into[READING.count]! > 0;
  }

  growth(): RowGrowth {
    return new RowGrowth(this.readingLength);
  }

  override compare(row: number, theirs: Rows | ExponentialRows, growth: RowGrowth): boolean {
    return theirs instanceof ExponentialRows && super.compare(row, theirs, growth);
  }
}
