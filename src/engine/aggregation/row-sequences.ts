/**
 * A sequence number for each row of a store whose cells lie on `SharedArrayBuffer`: odd while the row is being written,
 * and another one after. A reader in another thread that finds the same even number before and after has copied a row
 * that nobody wrote to meanwhile. Cells themselves are never torn; a row of several is.
 *
 * Costs two atomic additions a recording, which is why stores of one thread have none.
 */

const SHIFT = 10;
const ROWS_PER_PAGE = 2 ** SHIFT;

export class RowSequences {
  /** Row `row` has number `pages[row >>> 10][row & 1023]`. */
  readonly pages: Int32Array[] = [];

  reserve(row: number): void {
    while (this.pages.length <= row >>> SHIFT)
      this.pages.push(new Int32Array(new SharedArrayBuffer(4 * ROWS_PER_PAGE)));
  }

  /** Says that the row is about to be written to, or that it has been: called before and after. */
  mark(row: number): void {
    Atomics.add(this.pages[row >>> SHIFT]!, row & (ROWS_PER_PAGE - 1), 1);
  }

  /** Copies a row in another thread until nobody wrote to it meanwhile. Returns whether the last copy is whole. */
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
