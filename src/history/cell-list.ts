// The cells of one collection while it is walked. The memory serves each collection anew.
import { emptyCells } from "./encoded-collection.ts";

const FIRST_SERIES = 256;
const FIRST_CELLS = 1024;

/** Series with their cells, one after the other. */
export class CellList {
  #ids = new Int32Array(FIRST_SERIES);
  #widths = new Int32Array(FIRST_SERIES);
  #cells = new Float64Array(FIRST_CELLS);
  #series = 0;
  #used = 0;

  /** Forgets everything. */
  clear(): void {
    this.#series = 0;
    this.#used = 0;
  }

  /** How many series there are. */
  get length(): number {
    return this.#series;
  }

  /** Adds a series of one cell. */
  addNumber(id: number, value: number): void {
    this.begin(id, 1);
    this.#cells[this.#used++] = value;
  }

  /** Adds a series of so many cells, which {@link add} is then to be called with. */
  begin(id: number, width: number): void {
    if (this.#series === this.#ids.length) {
      this.#ids = grown(this.#ids, new Int32Array(2 * this.#series));
      this.#widths = grown(this.#widths, new Int32Array(2 * this.#series));
    }
    if (this.#used + width > this.#cells.length)
      this.#cells = grown(this.#cells, new Float64Array(2 * (this.#used + width)));
    this.#ids[this.#series] = id;
    this.#widths[this.#series++] = width;
  }

  /** Gives another id to the series that was added as number `index`. */
  setId(index: number, id: number): void {
    this.#ids[index] = id;
  }

  /** Adds cells of the series that was begun last. */
  add(cells: Float64Array, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.#cells[this.#used++] = cells[from + i]!;
  }

  /** Adds one cell of the series that was begun last. */
  addCell(value: number): void {
    this.#cells[this.#used++] = value;
  }

  /** A copy, in a buffer of its own. */
  toBuffer(): ArrayBuffer {
    const { buffer, ids, widths, cells } = emptyCells(this.#series, this.#used);
    ids.set(this.#ids.subarray(0, this.#series));
    widths.set(this.#widths.subarray(0, this.#series));
    cells.set(this.#cells.subarray(0, this.#used));
    return buffer;
  }
}

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
