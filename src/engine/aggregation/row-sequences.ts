/**
 * A sequence number for each row of a store whose cells are on `SharedArrayBuffer`: odd while the row is being
 * written, and incremented again afterwards. If a reader in another thread finds the same even number before
 * and after copying a row, no write overlapped the copy. Single cells are never torn; a row of several cells
 * may be.
 *
 * Costs two atomic additions a recording, so stores of one thread have none.
 */

import type { PageMemory } from "./pages.ts";

const SHIFT = 10;
const ROWS_PER_PAGE = 2 ** SHIFT;
/** Cells of 8 bytes on a page of numbers. */
export const SEQUENCE_CELLS: number = ROWS_PER_PAGE / 2;

export class RowSequences {
  /** The number of row `row` is `pages[row >>> 10][row & 1023]`. */
  readonly pages: Int32Array[] = [];
  readonly #memory: PageMemory;

  constructor(memory: PageMemory) {
    this.#memory = memory;
  }

  reserve(row: number): void {
    while (this.pages.length <= row >>> SHIFT) this.adopt(this.#memory(SEQUENCE_CELLS));
  }

  /** Adds the next page. */
  adopt({ buffer, byteOffset }: Float64Array): void {
    this.pages.push(new Int32Array(buffer, byteOffset, ROWS_PER_PAGE));
  }

  /** Marks the start or the end of a write to the row: called before and after. */
  mark(row: number): void {
    Atomics.add(this.pages[row >>> SHIFT]!, row & (ROWS_PER_PAGE - 1), 1);
  }

  /** Copies a row from another thread, again if a write overlapped. Returns whether the last copy is consistent. */
  copyWhole(row: number, copy: () => void, attempts = 1000): boolean {
    const page = this.pages[row >>> SHIFT]!;
    const at = row & (ROWS_PER_PAGE - 1);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = Atomics.load(page, at);
      if (before % 2 !== 0) continue;
      copy();
      if (Atomics.load(page, at) === before) return true;
    }
    return false;
  }
}
