// Stretches of collections: the values of all columns over a few collections.
import { ByteReader, readColumn } from "../../io/bytes/number-column.ts";
import { readHistograms } from "./packed-histogram.ts";

/** Maximum number of collections in a stretch: the presence of a column's values fits into 16 bits. */
export const STRETCH_LENGTH = 16;

/** Successive collections. The times are those of all columns. */
export interface Stretch {
  /** Unix milliseconds, ascending. */
  readonly times: Float64Array;
  /** Bit `i` is set if the column has a value at `times[i]`. */
  bits(column: number): number;
  /** Reads the present values of a column into `values`, from `at` on. */
  read(column: number, values: Float64Array, at: number): void;
  /** The present histograms of a column, packed. */
  histograms(column: number): readonly Float64Array[];
}

/** The number of set bits below 2^16. */
export function bitCount(bits: number): number {
  let rest = bits - ((bits >> 1) & 0x5555);
  rest = (rest & 0x3333) + ((rest >> 2) & 0x3333);
  rest = (rest + (rest >> 4)) & 0x0f0f;
  return (rest + (rest >> 8)) & 0x1f;
}

// Columns between two known places in the bytes.
const COLUMNS_OF_A_PLACE = 16;

/**
 * A compressed stretch. A column without bytes has no values.
 *
 * ```
 * partial  column → bits, of those without some values
 * lengths  │ length of column 0 in bytes │ of column 1 │ …
 * places   │ place of column 0 in the bytes │ of column 16 │ …
 * bytes    │ column 0 │ column 1 │ …
 * ```
 */
export class SealedStretch implements Stretch {
  readonly times: Float64Array;
  readonly #partial: ReadonlyMap<number, number>;
  // One byte each, unless there are long columns, such as those of histograms.
  readonly #lengths: Uint8Array | Uint32Array;
  readonly #places: Uint32Array;
  readonly #reader: ByteReader;
  readonly #all: number;

  /** @param lengths length of each column in `bytes`. */
  constructor(
    times: Float64Array,
    partial: ReadonlyMap<number, number>,
    lengths: Uint32Array,
    bytes: Uint8Array,
  ) {
    this.times = times;
    this.#partial = partial;
    this.#lengths = lengths.every((length) => length < 256) ? Uint8Array.from(lengths) : lengths;
    this.#places = new Uint32Array(Math.ceil(lengths.length / COLUMNS_OF_A_PLACE));
    this.#reader = new ByteReader(bytes);
    this.#all = (1 << times.length) - 1;
    for (let column = 0, place = 0; column < lengths.length; column++) {
      if (column % COLUMNS_OF_A_PLACE === 0) this.#places[column / COLUMNS_OF_A_PLACE] = place;
      place += lengths[column]!;
    }
  }

  get sizeBytes(): number {
    const { byteLength } = this.#lengths;
    return (
      this.times.byteLength +
      PARTIAL_BYTES * this.#partial.size +
      byteLength +
      this.#places.byteLength +
      this.#reader.length
    );
  }

  bits(column: number): number {
    if (column >= this.#lengths.length || this.#lengths[column] === 0) return 0;
    return this.#partial.size === 0 ? this.#all : (this.#partial.get(column) ?? this.#all);
  }

  read(column: number, values: Float64Array, at: number): void {
    readColumn(this.#readerOf(column), values, bitCount(this.bits(column)), at);
  }

  histograms(column: number): readonly Float64Array[] {
    return readHistograms(this.#readerOf(column), bitCount(this.bits(column)));
  }

  #readerOf(column: number): ByteReader {
    const first = column - (column % COLUMNS_OF_A_PLACE);
    let at = this.#places[first / COLUMNS_OF_A_PLACE]!;
    for (let before = first; before < column; before++) at += this.#lengths[before]!;
    this.#reader.at = at;
    return this.#reader;
  }
}

// An entry of a map.
const PARTIAL_BYTES = 48;
