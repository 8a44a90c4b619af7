/** Rows of exponential histograms. */
import { READING } from "../../engine/aggregation/exponential-reading.ts";
import { ExponentialRows } from "../../engine/aggregation/exponential-rows.ts";
import type { Pages } from "../../engine/aggregation/pages.ts";
import { RowGrowth } from "../../engine/aggregation/row-growth.ts";
import type { Part, SharedStore } from "../../engine/aggregation/store.ts";
import type { ExponentialHistogram } from "../../engine/streams/aggregation.ts";
import type { Rows } from "./paged-rows.ts";

export class ExponentialCells implements Rows {
  readonly sumCell: number = READING.sum;
  readonly #rows: ExponentialRows;

  constructor(shape: ExponentialHistogram, shared: SharedStore | undefined) {
    this.#rows = new ExponentialRows(shape, shared);
  }

  get readingLength(): number {
    return this.#rows.readingLength;
  }

  get cells(): Pages {
    return this.#rows.pages.pages;
  }

  reserve(row: number): void {
    this.#rows.pages.reserve(row);
  }

  set(row: number, cells: Float64Array, offset: number): void {
    this.#rows.empty(row);
    this.#rows.add(row, cells, offset);
  }

  add(row: number, cells: Float64Array, offset: number): void {
    this.#rows.add(row, cells, offset);
  }

  clear(row: number): void {
    this.#rows.empty(row);
  }

  finish(): void {
    this.#rows.finish();
  }

  readEnded(row: number, into: Float64Array): void {
    this.#rows.read(row, into);
    const end = READING.counts + into[READING.positiveLength]! + into[READING.negativeLength]!;
    let counted = into[READING.zeroCount]!;
    for (let cell: number = READING.counts; cell < end; cell++) counted += into[cell]!;
    into[READING.count] = counted;
  }

  read(row: number, into: Float64Array): boolean {
    this.#rows.read(row, into);
    return into[READING.count]! > 0;
  }

  readWhole(row: number, into: Float64Array): boolean {
    return this.#rows.readWhole(row, into) && into[READING.count]! > 0;
  }

  adopt(part: Part, page: Float64Array): void {
    this.#rows.adopt(part, page);
  }

  growth(): RowGrowth {
    return new RowGrowth(this.readingLength);
  }

  compare(row: number, theirs: Rows, growth: RowGrowth): boolean {
    return theirs instanceof ExponentialCells && this.#rows.compare(row, theirs.#rows, growth);
  }

  follow(row: number, growth: RowGrowth): void {
    this.#rows.follow(row, growth);
  }

  grow(row: number, growth: RowGrowth): void {
    this.#rows.grow(row, growth);
  }
}
