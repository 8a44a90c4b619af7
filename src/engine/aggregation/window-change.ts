/**
 * Changes of the windows of a row that a thread's end does not tear. The changed windows are made in a copy first, in
 * memory that other threads see. From then on, any thread can end the change:
 *
 *       cell 0                cell 1                         cells 2 …
 *     ┌──────────┬──────────┬────────────┬──────────────┬─ ─ ─ ─ ─ ─ ─ ─ ─┬─ ─ ─ ─ ─ ─ ─ ─ ─┐
 *     │ page + 1 │ state    │ coarsening │ negative row │ positive window │ negative window │
 *     └──────────┴──────────┴────────────┴──────────────┴─ ─ ─ ─ ─ ─ ─ ─ ─┴─ ─ ─ ─ ─ ─ ─ ─ ─┘
 *
 * A page of 0 means "no change is under way". `state` is the cell of the row's state, after which its window begins.
 */
import type { BucketWindows } from "./bucket-windows.ts";
import { type MixedPage, type MixedPages, mixedPage, type PageMemory } from "./pages.ts";

// In the integers of the copy.
const PAGE = 0;
const STATE = 1;
const COARSENING = 2;
const NEGATIVE = 3;
const WINDOWS = 2;

export class WindowChange {
  readonly #windows: BucketWindows;
  readonly #negatives: MixedPages;
  readonly #memory: PageMemory;
  // Most rows of few stores are changed: allocated for the first change.
  #copy: MixedPage | undefined;

  constructor(
    windows: BucketWindows,
    negatives: MixedPages,
    memory: PageMemory = (cells) => new Float64Array(cells),
  ) {
    this.#windows = windows;
    this.#negatives = negatives;
    this.#memory = memory;
  }

  /**
   * Makes the scale of a row coarser by `shift`, and `base` the first bucket of one of its windows. Both windows have the
   * same scale, so the other one follows. All counted buckets must fit.
   *
   * @param state cell of the row's state: its coarsening and the row of its negative window. The positive one is next.
   */
  make(page: MixedPage, state: number, shift: number, base: number, which: "positive" | "negative"): void {
    const windows = this.#windows;
    const copy = (this.#copy ??= mixedPage(this.#memory(WINDOWS + 2 * windows.width), 0));
    const negative = page.ints[2 * state + 1]!;
    const at = state + 1;
    const overflow = page.ints[2 * at + 1]!;
    const first = which === "positive" ? base : page.ints[2 * at]! >> shift;
    windows.change(page, at, shift, first, copy, WINDOWS);
    let negativeOverflow = 0;
    if (negative !== 0) {
      const negatives = this.#negatives.pageOf(negative);
      const cell = this.#negatives.offsetOf(negative);
      negativeOverflow = negatives.ints[2 * cell + 1]!;
      const lowest = which === "negative" ? base : negatives.ints[2 * cell]! >> shift;
      windows.change(negatives, cell, shift, lowest, copy, WINDOWS + windows.width);
    }
    copy.ints[STATE] = state;
    copy.ints[COARSENING] = page.ints[2 * state]! + shift;
    copy.ints[NEGATIVE] = negative;
    copy.ints[PAGE] = page.number + 1;
    this.#apply(copy, page);
    windows.release(overflow);
    windows.release(negativeOverflow);
  }

  /** Adds the memory of the copy, which another thread has written. */
  adopt(cells: Float64Array): void {
    this.#copy = mixedPage(cells, 0);
  }

  /** Ends a change that was under way when its thread ended. */
  finish(rows: MixedPages): void {
    const copy = this.#copy;
    const page = copy === undefined ? undefined : rows.get(copy.ints[PAGE]! - 1);
    if (copy !== undefined && page !== undefined) this.#apply(copy, page);
  }

  #apply(copy: MixedPage, page: MixedPage): void {
    const windows = this.#windows;
    const state = copy.ints[STATE]!;
    const negative = copy.ints[NEGATIVE]!;
    page.ints[2 * state] = copy.ints[COARSENING]!;
    windows.replace(page, state + 1, copy, WINDOWS);
    if (negative !== 0)
      windows.replace(
        this.#negatives.pageOf(negative),
        this.#negatives.offsetOf(negative),
        copy,
        WINDOWS + windows.width,
      );
    copy.ints[PAGE] = 0;
  }
}
