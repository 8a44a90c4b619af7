/**
 * Storage of the values of series: rows of `width` cells, on pages that never move.
 *
 *     pages[0] ┌ row 0 ┬ row 1 ┬ … ┬ row 511 ┐      page   = pages[row >>> shift]
 *     pages[1] ├ 512   ┼ 513   ┼ … ┼ 1023    ┤      offset = (row & mask) * width
 *              └───────┴───────┴───┴─────────┘
 *
 * Growth adds pages and moves nothing, so a page and an offset stay valid for ever.
 */

/** Returns memory for a number of cells, filled with 0. */
export type PageMemory = (cells: number) => Float64Array;

export interface PagesOptions {
  /** Content of a row before anything is recorded. Its length is the row's width in cells. */
  readonly emptyRow: readonly number[];
  /** Memory of the pages, if other threads read them. @defaultValue an array for each page */
  readonly memory?: PageMemory | undefined;
}

// 4 KB: an instrument of one series wastes little, and a page's own 200 B are half a byte for each of 512 rows.
const CELLS_PER_PAGE = 512;

export class Pages {
  readonly width: number;
  /** `row >>> shift` is the index of the row's page. */
  readonly shift: number;
  /** `(row & mask) * width` is the index of the row's first cell on its page. */
  readonly mask: number;
  /** All pages, in the order of their rows. A page is never replaced; the list only grows. */
  readonly pages: Float64Array[] = [];
  readonly #emptyRow: Float64Array;
  readonly #memory: PageMemory;

  constructor({ emptyRow, memory = ownMemory }: PagesOptions) {
    this.width = emptyRow.length;
    this.shift = 31 - Math.clz32(Math.max(1, CELLS_PER_PAGE / this.width));
    // A shift, because V8 keeps results of `**` and `Math` as doubles, which would slow down every recording.
    this.mask = (1 << this.shift) - 1;
    this.#emptyRow = Float64Array.from(emptyRow);
    this.#memory = memory;
  }

  /** Adds pages until there is one for `row`. Must be called for each new row before its cells are accessed. */
  reserve(row: number): void {
    while (this.pages.length <= row >>> this.shift) this.pages.push(this.#emptyPage());
  }

  /** Cells of one page. */
  get cellsPerPage(): number {
    return this.width * (this.mask + 1);
  }

  /** Adds the next page, which another `Pages` with the same rows writes. Throws a RangeError if it has another size. */
  adopt(page: Float64Array): void {
    if (page.length !== this.cellsPerPage)
      throw new RangeError(`a page must have ${this.cellsPerPage} cells, got ${page.length}`);
    this.pages.push(page);
  }

  pageOf(row: number): Float64Array {
    const page = this.pages[row >>> this.shift];
    if (page === undefined) throw new RangeError(`row ${row}: not reserved; reserve it first`);
    return page;
  }

  offsetOf(row: number): number {
    return (row & this.mask) * this.width;
  }

  clear(row: number): void {
    this.pageOf(row).set(this.#emptyRow, this.offsetOf(row));
  }

  #emptyPage(): Float64Array {
    const cells = this.cellsPerPage;
    const page = this.#memory(cells);
    page.set(this.#emptyRow);
    // Copies the filled part behind itself.
    for (let filled = this.width; filled < cells; filled *= 2) page.copyWithin(filled, 0, cells - filled);
    return page;
  }
}

function ownMemory(cells: number): Float64Array {
  return new Float64Array(cells);
}

/** Cell `i` is also `ints[2 * i]` and `ints[2 * i + 1]`, and `words[4 * i]` to `words[4 * i + 3]`. */
export interface MixedViews {
  readonly cells: Float64Array;
  readonly ints: Int32Array;
  readonly words: Uint16Array;
}

export interface MixedPage extends MixedViews {
  /** Its place among the pages. */
  readonly number: number;
}

/** {@link Pages} with integer views of each page. The views are never replaced either. */
export class MixedPages {
  readonly pages: Pages;
  readonly #views: MixedPage[] = [];

  constructor(options: PagesOptions) {
    this.pages = new Pages(options);
  }

  reserve(row: number): void {
    this.pages.reserve(row);
    this.#addViews();
  }

  /** Adds the next page, which another `MixedPages` with the same rows writes. */
  adopt(page: Float64Array): void {
    this.pages.adopt(page);
    this.#addViews();
  }

  /** The page with a number. */
  get(number: number): MixedPage | undefined {
    return this.#views[number];
  }

  pageOf(row: number): MixedPage {
    const page = this.#views[row >>> this.pages.shift];
    if (page === undefined) throw new RangeError(`row ${row}: not reserved; reserve it first`);
    return page;
  }

  offsetOf(row: number): number {
    return this.pages.offsetOf(row);
  }

  /** Views of a row alone. They are valid for ever. */
  viewsOf(row: number): MixedViews {
    const offset = this.offsetOf(row);
    return mixedViews(this.pageOf(row).cells.subarray(offset, offset + this.pages.width));
  }

  #addViews(): void {
    for (const cells of this.pages.pages.slice(this.#views.length))
      this.#views.push(mixedPage(cells, this.#views.length));
  }
}

/** A page with its integer views. */
export function mixedPage(cells: Float64Array, number: number): MixedPage {
  return { number, ...mixedViews(cells) };
}

function mixedViews(cells: Float64Array): MixedViews {
  const { buffer, byteOffset, length } = cells;
  return {
    cells,
    ints: new Int32Array(buffer, byteOffset, 2 * length),
    words: new Uint16Array(buffer, byteOffset, 4 * length),
  };
}

/** Allocates rows for data that few series have. Row numbers start at 1; 0 means "none". */
export class SpareRows {
  readonly #rows: Pages | MixedPages;
  readonly #free: number[] = [];
  #last = 0;

  constructor(rows: Pages | MixedPages) {
    this.#rows = rows;
  }

  /** Returns an unused row. It has the content that its previous owner left. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#rows.reserve(++this.#last);
    return this.#last;
  }

  giveBack(row: number): void {
    this.#free.push(row);
  }
}
