// Decoded values of the columns that rules read again and again.
import { type Stretch, STRETCH_LENGTH } from "./stretch.ts";

/** The decoded values of one column, which has all samples in these stretches. */
interface Decoded {
  /** By collection, those of the head included. Values outside of the stretches have no meaning. */
  readonly values: Float64Array;
  /** Index of the first sealed stretch, and of the one after the last. */
  first: number;
  end: number;
  /** Number of collections of the head. */
  ofHead: number;
}

/** A range of stretches. */
export interface DecodedRange {
  /** All stretches, the oldest first. Those of the head may be the last. */
  readonly all: readonly Stretch[];
  /** Index of the first stretch in the range, and of the one after the last. */
  readonly first: number;
  readonly end: number;
}

/**
 * Decoded columns of a list of sealed stretches and of the head after them. Each stretch of a column is decoded once, and
 * the head again after each collection.
 */
export class DecodedColumns {
  readonly #columns = new Map<number, Decoded>();
  readonly #sealed: number;
  // Index of the first collection of each stretch, and of the head.
  readonly #starts: number[] = [0];
  readonly #maxColumns: number;

  /** @param maxBytes maximum memory. Further columns are not kept. */
  constructor(sealed: readonly Stretch[], maxBytes: number) {
    this.#sealed = sealed.length;
    for (const { times } of sealed) this.#starts.push(this.#starts[this.#starts.length - 1]! + times.length);
    this.#maxColumns = Math.floor(maxBytes / (8 * this.#length + FIXED_BYTES));
  }

  get sizeBytes(): number {
    return this.#columns.size * (8 * this.#length + FIXED_BYTES);
  }

  /** Whether a column is known to have all samples in a range. */
  isWhole(column: number, { all, first, end }: DecodedRange): boolean {
    const known = this.#columns.get(column);
    if (known === undefined || first >= end || known.first > first || known.end < Math.min(end, this.#sealed))
      return false;
    const head = end > this.#sealed ? all[this.#sealed] : undefined;
    return head === undefined || head.bits(column) === (1 << head.times.length) - 1;
  }

  /** The values of a column that has all samples in a range; `undefined` if there is no room for them. */
  values(column: number, range: DecodedRange): Float64Array | undefined {
    let known = this.#columns.get(column);
    if (known === undefined) {
      if (this.#columns.size >= this.#maxColumns) return undefined;
      known = { values: new Float64Array(this.#length), first: range.first, end: range.first, ofHead: 0 };
      this.#columns.set(column, known);
    }
    this.#decode(column, known, range);
    return known.values.subarray(this.#startOf(range.first), this.#endOf(range));
  }

  get #length(): number {
    return this.#startOf(this.#sealed) + STRETCH_LENGTH;
  }

  #decode(column: number, known: Decoded, { all, first, end }: DecodedRange): void {
    const { values } = known;
    const endOfSealed = Math.min(end, this.#sealed);
    // Between two ranges, there may be stretches without some samples.
    if (first > known.end || endOfSealed < known.first) known.first = known.end = first;
    while (known.first > first) all[--known.first]!.read(column, values, this.#startOf(known.first));
    while (known.end < endOfSealed) {
      all[known.end]!.read(column, values, this.#startOf(known.end));
      known.end++;
    }
    const head = end > this.#sealed ? all[this.#sealed] : undefined;
    if (head === undefined || known.ofHead >= head.times.length) return;
    head.read(column, values, this.#startOf(this.#sealed));
    known.ofHead = head.times.length;
  }

  #startOf(stretch: number): number {
    return this.#starts[stretch]!;
  }

  #endOf({ all, end }: DecodedRange): number {
    const ofHead = end > this.#sealed ? all[this.#sealed]!.times.length : 0;
    return this.#startOf(Math.min(end, this.#sealed)) + ofHead;
  }
}

// An entry of the map, its object and its array.
const FIXED_BYTES = 200;
