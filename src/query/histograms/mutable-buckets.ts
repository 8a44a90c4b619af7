// Growable buckets of one sign, for sums of histograms.
import type { Buckets } from "../native-histogram.ts";
import { coarserIndex } from "./bucket-bounds.ts";

/** No buckets. */
export const NO_BUCKETS: Buckets = { offset: 0, counts: new Float64Array(0) };

/**
 * Buckets that other buckets are added to. Cell `i` of `#cells` is bucket `#first + i`; cells from `#length` on are unused.
 * Adding allocates only if the range of buckets grows beyond the cells.
 */
export class MutableBuckets implements Buckets {
  #cells: Float64Array<ArrayBuffer> = new Float64Array(0);
  #first = 0;
  #length = 0;

  /** Index of the first bucket. */
  get offset(): number {
    return this.#first;
  }

  /** A view of the counts, valid until the next change. */
  get counts(): Float64Array {
    return this.#cells.subarray(0, this.#length);
  }

  clear(): void {
    this.#first = 0;
    this.#length = 0;
  }

  /** Replaces the content, with schemas lowered by `shift`. */
  set({ offset, counts }: Buckets, shift: number): void {
    this.clear();
    this.add({ offset, counts }, 1, shift, -Infinity);
  }

  /** Adds `factor` times the buckets whose index, once lowered by `shift`, is at least `from`. */
  add({ offset, counts }: Buckets, factor: number, shift: number, from: number): void {
    const { length } = counts;
    let start = shift === 0 ? Math.max(0, from - offset) : 0;
    while (start < length && coarserIndex(offset + start, shift) < from) start++;
    if (start >= length) return;
    this.#makeRoom(coarserIndex(offset + start, shift), coarserIndex(offset + length - 1, shift));
    const cells = this.#cells;
    if (shift === 0) {
      const distance = offset - this.#first;
      for (let i = start; i < length; i++) cells[distance + i]! += factor * counts[i]!;
      return;
    }
    for (let i = start; i < length; i++)
      cells[coarserIndex(offset + i, shift) - this.#first]! += factor * counts[i]!;
  }

  /** Merges 2^shift buckets into one. */
  coarsen(shift: number): void {
    const [first, length] = [this.#first, this.#length];
    if (length === 0) return;
    const target = coarserIndex(first, shift);
    const cells = this.#cells;
    // A bucket's new cell is never behind its old one, so that reading stays ahead of writing.
    for (let i = 0; i < length; i++) {
      const count = cells[i]!;
      cells[i] = 0;
      cells[coarserIndex(first + i, shift) - target]! += count;
    }
    this.#first = target;
    this.#length = coarserIndex(first + length - 1, shift) - target + 1;
  }

  /** Removes all buckets below index `from`. */
  dropBelow(from: number): void {
    const dropped = Math.min(this.#length, from - this.#first);
    if (dropped <= 0) return;
    this.#cells.copyWithin(0, dropped, this.#length);
    this.#first += dropped;
    this.#length -= dropped;
  }

  multiply(factor: number): void {
    for (let i = 0; i < this.#length; i++) this.#cells[i]! *= factor;
  }

  divide(divisor: number): void {
    for (let i = 0; i < this.#length; i++) this.#cells[i]! /= divisor;
  }

  /** A copy without empty buckets at its ends. */
  compacted(): Buckets {
    const cells = this.#cells;
    let start = 0;
    let end = this.#length;
    while (start < end && cells[start] === 0) start++;
    if (start === end) return NO_BUCKETS;
    while (cells[end - 1] === 0) end--;
    return { offset: this.#first + start, counts: copied(cells, start, end) };
  }

  // Makes the buckets from index `low` to `high` part of the range, with count 0 if they are new.
  #makeRoom(low: number, high: number): void {
    if (this.#length === 0) {
      this.#first = low;
    }
    const first = Math.min(this.#first, low);
    const length = Math.max(this.#first + this.#length - 1, high) - first + 1;
    const distance = this.#first - first;
    if (length > this.#cells.length) {
      const cells = new Float64Array(Math.max(16, 2 * length));
      cells.set(this.counts, distance);
      this.#cells = cells;
    } else if (length > this.#length) {
      this.#cells.copyWithin(distance, 0, this.#length);
      this.#cells.fill(0, 0, distance);
      this.#cells.fill(0, distance + this.#length, length);
    }
    this.#first = first;
    this.#length = length;
  }
}

// Copies share blocks of memory: a block for each copy would take longer than the rest of a window's evaluation.
const BLOCK_LENGTH = 2048;
let block = new Float64Array(BLOCK_LENGTH);
let used = 0;

function copied(cells: Float64Array, start: number, end: number): Float64Array {
  const length = end - start;
  if (length > BLOCK_LENGTH / 8) return cells.slice(start, end);
  if (used + length > BLOCK_LENGTH) {
    block = new Float64Array(BLOCK_LENGTH);
    used = 0;
  }
  const copy = new Float64Array(block.buffer, used * block.BYTES_PER_ELEMENT, length);
  for (let i = 0; i < length; i++) block[used + i] = cells[start + i]!;
  used += length;
  return copy;
}
