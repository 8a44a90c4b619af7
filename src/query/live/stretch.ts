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

/**
 * A compressed stretch.
 *
 * ```
 * present  │ bits of column 0 │ of column 1 │ …
 * ends     │ end of column 0 in bytes │ of column 1 │ …
 * bytes    │ column 0 │ column 1 │ …
 * ```
 */
export class SealedStretch implements Stretch {
  readonly times: Float64Array;
  readonly #present: Uint16Array;
  readonly #ends: Uint32Array;
  readonly #reader: ByteReader;

  constructor(times: Float64Array, present: Uint16Array, ends: Uint32Array, bytes: Uint8Array) {
    this.times = times;
    this.#present = present;
    this.#ends = ends;
    this.#reader = new ByteReader(bytes);
  }

  get sizeBytes(): number {
    return this.times.byteLength + this.#present.byteLength + this.#ends.byteLength + this.#reader.length;
  }

  bits(column: number): number {
    return column < this.#present.length ? this.#present[column]! : 0;
  }

  read(column: number, values: Float64Array, at: number): void {
    readColumn(this.#readerOf(column), values, bitCount(this.bits(column)), at);
  }

  histograms(column: number): readonly Float64Array[] {
    return readHistograms(this.#readerOf(column), bitCount(this.bits(column)));
  }

  #readerOf(column: number): ByteReader {
    this.#reader.at = column === 0 ? 0 : this.#ends[column - 1]!;
    return this.#reader;
  }
}
