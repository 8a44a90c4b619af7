// Growable buckets of one sign, for sums of histograms.
import { compensationOf } from "../../engine/aggregation/kahan-sum.ts";
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
  // By cell, the part that rounding has lost. `undefined` without compensation.
  #lost: Float64Array<ArrayBuffer> | undefined;
  #first = 0;
  #length = 0;

  /** @param isCompensated whether sums are compensated for rounding. {@link settle} ends them. */
  constructor(isCompensated = false) {
    if (isCompensated) this.#lost = new Float64Array(0);
  }

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
    if (shift !== 0 || counts.length === 0) return this.add({ offset, counts }, 1, shift, -Infinity);
    this.#makeRoom(offset, offset + counts.length - 1);
    const cells = this.#cells;
    for (let i = 0; i < counts.length; i++) cells[i] = counts[i]!;
  }

  /** Adds `factor` times the buckets whose index, once lowered by `shift`, is at least `from`. */
  add({ offset, counts }: Buckets, factor: number, shift: number, from: number): void {
    const { length } = counts;
    let start = shift === 0 ? Math.max(0, from - offset) : 0;
    while (start < length && coarserIndex(offset + start, shift) < from) start++;
    if (start >= length) return;
    this.#makeRoom(coarserIndex(offset + start, shift), coarserIndex(offset + length - 1, shift));
    const [cells, lost] = [this.#cells, this.#lost];
    if (lost !== undefined) {
      if (shift === 0) addCompensated(cells, lost, counts, factor, start, offset - this.#first);
      else
        for (let i = start; i < length; i++)
          this.#addTo(coarserIndex(offset + i, shift) - this.#first, factor * counts[i]!);
      return;
    }
    if (shift === 0) {
      const distance = offset - this.#first;
      for (let i = start; i < length; i++) cells[distance + i]! += factor * counts[i]!;
      return;
    }
    for (let i = start; i < length; i++)
      cells[coarserIndex(offset + i, shift) - this.#first]! += factor * counts[i]!;
  }

  /** Adds `factor` times the buckets, each to the bucket with the index that `targetOf` returns. */
  addMapped({ offset, counts }: Buckets, factor: number, targetOf: (index: number) => number): void {
    if (counts.length === 0) return;
    this.#makeRoom(targetOf(offset), targetOf(offset + counts.length - 1));
    for (const [i, count] of counts.entries())
      this.#addTo(targetOf(offset + i) - this.#first, factor * count);
  }

  /** Merges 2^shift buckets into one. */
  coarsen(shift: number): void {
    this.merge((index) => coarserIndex(index, shift));
  }

  /** Merges buckets into those that `targetOf` returns: in the same order, and each no further from the first one. */
  merge(targetOf: (index: number) => number): void {
    const [first, length] = [this.#first, this.#length];
    if (length === 0) return;
    const [cells, lost] = [this.#cells, this.#lost];
    const target = targetOf(first);
    // A bucket's new cell is never behind its old one, so that reading stays ahead of writing.
    for (let i = 0; i < length; i++) {
      const [count, part] = [cells[i]!, lost?.[i] ?? 0];
      cells[i] = 0;
      if (lost !== undefined) lost[i] = 0;
      this.#addTo(targetOf(first + i) - target, count);
      if (part !== 0) this.#addTo(targetOf(first + i) - target, part);
    }
    this.#first = target;
    this.#length = targetOf(first + length - 1) - target + 1;
  }

  /** Removes all buckets below index `from`. */
  dropBelow(from: number): void {
    const dropped = Math.min(this.#length, from - this.#first);
    if (dropped <= 0) return;
    this.#cells.copyWithin(0, dropped, this.#length);
    this.#lost?.copyWithin(0, dropped, this.#length);
    this.#first += dropped;
    this.#length -= dropped;
  }

  multiply(factor: number): void {
    for (let i = 0; i < this.#length; i++) this.#cells[i]! *= factor;
    if (this.#lost !== undefined) for (let i = 0; i < this.#length; i++) this.#lost[i]! *= factor;
  }

  divide(divisor: number): void {
    for (let i = 0; i < this.#length; i++) this.#cells[i]! /= divisor;
    if (this.#lost !== undefined) for (let i = 0; i < this.#length; i++) this.#lost[i]! /= divisor;
  }

  /** Whether a sum has no finite value. */
  get isOverflown(): boolean {
    for (let i = 0; i < this.#length; i++) if (Math.abs(this.#cells[i]!) === Infinity) return true;
    return false;
  }

  /** Adds what rounding has lost. */
  settle(): void {
    if (this.#lost === undefined) return;
    for (let i = 0; i < this.#length; i++) this.#cells[i]! += this.#lost[i]!;
    this.#lost.fill(0, 0, this.#length);
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

  #addTo(cell: number, count: number): void {
    const sum = this.#cells[cell]!;
    const total = sum + count;
    this.#cells[cell] = total;
    if (this.#lost !== undefined) this.#lost[cell] = compensationOf(sum, count, total, this.#lost[cell]!);
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
      this.#cells = grown(this.#cells, this.#length, distance, length);
      this.#lost &&= grown(this.#lost, this.#length, distance, length);
    } else if (length > this.#length) {
      moveBy(this.#cells, this.#length, distance, length);
      if (this.#lost !== undefined) moveBy(this.#lost, this.#length, distance, length);
    }
    this.#first = first;
    this.#length = length;
  }
}

// Adds counts from `start` on, each to the cell that is `distance` further.
function addCompensated(
  cells: Float64Array,
  lost: Float64Array,
  counts: Float64Array,
  factor: number,
  start: number,
  distance: number,
): void {
  for (let i = start; i < counts.length; i++) {
    const value = factor * counts[i]!;
    const sum = cells[distance + i]!;
    const total = sum + value;
    cells[distance + i] = total;
    // Whole numbers lose nothing.
    if (total - sum !== value || total - value !== sum)
      lost[distance + i] = compensationOf(sum, value, total, lost[distance + i]!);
  }
}

function grown(
  cells: Float64Array,
  used: number,
  distance: number,
  length: number,
): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(16, 2 * length));
  larger.set(cells.subarray(0, used), distance);
  return larger;
}

function moveBy(cells: Float64Array, used: number, distance: number, length: number): void {
  cells.copyWithin(distance, 0, used);
  cells.fill(0, 0, distance);
  cells.fill(0, distance + used, length);
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
