/** Rows whose cells hold doubles, or two 32-bit integers each, or four 16-bit ones: the same pages, under three views. */
import { Pages, type PagesOptions } from "./pages.ts";

/** One page: cell `i` is also `ints[2 * i]` and `ints[2 * i + 1]`, and `words[4 * i]` to `words[4 * i + 3]`. */
export interface MixedPage {
  readonly cells: Float64Array;
  readonly ints: Int32Array;
  readonly words: Uint16Array;
}

/** {@link Pages} and the views of each page, which stay the same objects for ever too. */
export class MixedPages {
  /** The cells. */
  readonly pages: Pages;
  readonly #views: MixedPage[] = [];

  constructor(options: PagesOptions) {
    this.pages = new Pages(options);
  }

  /** Adds pages until `row` lies on one. */
  reserve(row: number): void {
    this.pages.reserve(row);
    for (const cells of this.pages.pages.slice(this.#views.length)) {
      const { buffer, byteOffset, length } = cells;
      this.#views.push({
        cells,
        ints: new Int32Array(buffer, byteOffset, 2 * length),
        words: new Uint16Array(buffer, byteOffset, 4 * length),
      });
    }
  }

  /** The page that holds `row`, which must have been reserved. */
  pageOf(row: number): MixedPage {
    const page = this.#views[row >>> this.pages.shift];
    if (page === undefined) throw new RangeError(`row ${row}: not reserved; reserve it first`);
    return page;
  }

  /** The index of the first cell of `row` on its page. */
  offsetOf(row: number): number {
    return this.pages.offsetOf(row);
  }
}
