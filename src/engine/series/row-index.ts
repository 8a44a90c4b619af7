/**
 * Maps sets of pair ids to rows: open addressing with linear probing over one `Int32Array`. A slot holds a row and as
 * many bits of its hash as fit. So a look-up reads the ids of hardly any other row:
 *
 *     slot   ┌ high bits of the hash ┬ row + 1 ┐      0: empty; as many low bits as the index of a slot has
 *
 * The home slot of a row is computed from its ids when needed and not stored.
 */
import type { PairSpans } from "./pair-spans.ts";

const LEAST_CAPACITY = 16;
// At this load, a present set is found at the third slot on average.
const MOST_TAKEN = 0.8;

export class RowIndex {
  readonly #spans: PairSpans;
  #slots: Int32Array = new Int32Array(LEAST_CAPACITY);

  constructor(spans: PairSpans) {
    this.#spans = spans;
  }

  /** Returns the row of the first `count` of `ids`, whose hash is `hash`, or -1. */
  find(hash: number, ids: Int32Array, count: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) return -1;
      if (((slot ^ hash) & ~mask) === 0) {
        const row = (slot & mask) - 1;
        if (this.#spans.equals(row, ids, count)) return row;
      }
    }
  }

  /** Adds a missing row whose ids are in the spans. `rowCount` is above the highest row so far. */
  add(hash: number, row: number, rowCount: number): void {
    // All row numbers count, not only present rows, since a row's number must fit into the low bits.
    if (rowCount > this.#slots.length * MOST_TAKEN) this.#double();
    this.#put(hash, row);
  }

  /** Removes a present row, whose ids must still be in the spans. */
  remove(row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#spans.hashOf(row) & mask;
    while ((slots[hole]! & mask) - 1 !== row) hole = (hole + 1) & mask;
    // A later row moves into the hole unless it is nearer to its home slot already.
    for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.#spans.hashOf((slots[at]! & mask) - 1) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        slots[hole] = slots[at]!;
        hole = at;
      }
    }
    slots[hole] = 0;
  }

  #put(hash: number, row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = hash & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = (hash & ~mask) | (row + 1);
  }

  #double(): void {
    const old = this.#slots;
    const oldMask = old.length - 1;
    this.#slots = new Int32Array(old.length * 2);
    for (const slot of old) {
      if (slot === 0) continue;
      const row = (slot & oldMask) - 1;
      this.#put(this.#spans.hashOf(row), row);
    }
  }
}
