/**
 * Pair ids of all rows, of any number per row, end to end in one typed array:
 *
 *     starts  row → 1   4   0   6          0: a row without pairs
 *                   │   │       │
 *     ids     0 │ 7 3 ~9│2 ~8│5 1 ~9│      ~: the last id of a row
 *
 * The last id of a row is stored inverted (negative), so no length is needed. Cell 0 is unused.
 *
 * The span of a removed row is reused for the next row with the same number of pairs. Free spans of one length form a
 * linked list through their first cells.
 */
import { grownInt32 } from "../aggregation/grown.ts";

// Up to this number of ids, comparing each with each is faster than a set.
const FEW = 32;

/** Pair ids of rows. Rows and counts are not checked: the caller must pass valid ones. */
export class PairSpans {
  #ids: Int32Array = new Int32Array(64);
  #end = 1;
  // `starts` of a removed row is negative: -1 minus the row that was removed before it.
  #starts: Int32Array = new Int32Array(16);
  // The first free span of each length; 0 for none.
  readonly #freeSpans: number[] = [];

  put(row: number, ids: Int32Array, count: number): void {
    if (row >= this.#starts.length) this.#starts = grownInt32(this.#starts, row + 1);
    const start = count === 0 ? 0 : this.#spanOf(count);
    for (let i = 0; i < count - 1; i++) this.#ids[start + i] = ids[i]!;
    if (count > 0) this.#ids[start + count - 1] = ~ids[count - 1]!;
    this.#starts[row] = start;
  }

  /** Removes the row's ids and stores the caller's number `note`, at least 0, in their place. */
  remove(row: number, note: number): void {
    const start = this.#starts[row]!;
    const count = this.countOf(row);
    if (count > 0) {
      this.#ids[start] = this.#freeSpans[count] ?? 0;
      this.#freeSpans[count] = start;
    }
    this.#starts[row] = -1 - note;
  }

  /** Number stored in a removed row's place. */
  noteOf(row: number): number {
    return -1 - this.#starts[row]!;
  }

  has(row: number): boolean {
    return this.#starts[row]! >= 0;
  }

  /** Copies the row's ids to the start of `ids`, as far as there is room. Returns the number of ids. */
  copy(row: number, ids: Int32Array): number {
    let at = this.#starts[row]!;
    if (at === 0) return 0;
    const own = this.#ids;
    const room = ids.length;
    let count = 0;
    for (; count < room && own[at]! > 0; at++) ids[count++] = own[at]!;
    // Writing beyond the end of a typed array has no effect, but is slow.
    if (count === room) return this.countOf(row);
    ids[count++] = ~own[at]!;
    return count;
  }

  countOf(row: number): number {
    const start = this.#starts[row]!;
    if (start === 0) return 0;
    let at = start;
    while (this.#ids[at]! > 0) at++;
    return at - start + 1;
  }

  at(row: number, index: number): number {
    return this.#idAt(this.#starts[row]! + index);
  }

  /** Whether `row` has exactly the first `count` of `ids`, in any order. */
  equals(row: number, ids: Int32Array, count: number): boolean {
    if (count === 0) return this.#starts[row] === 0;
    const start = this.#starts[row]!;
    // A shorter row has an inverted id earlier; a longer one has none at the last place.
    if (start === 0 || this.#lastAt(start, count) !== start + count - 1) return false;
    // Usually the keys are in the same order.
    let same = 0;
    while (same < count && this.#idAt(start + same) === ids[same]) same++;
    if (same === count) return true;
    return count <= FEW ? this.#holdsFew(start, count, ids) : this.#holdsMany(start, count, ids);
  }

  /** Hash of the row's set of ids, as of `hashOfSum`. */
  hashOf(row: number): number {
    let at = this.#starts[row]!;
    if (at === 0) return hashOfSum(0);
    let sum = 0;
    let id = this.#ids[at]!;
    for (; id > 0; id = this.#ids[++at]!) sum = (sum + mixedId(id)) | 0;
    return hashOfSum((sum + mixedId(~id)) | 0);
  }

  // Position of the first inverted id; any other position if the first `count` ids have none.
  #lastAt(start: number, count: number): number {
    let at = start;
    while (at < start + count && this.#ids[at]! > 0) at++;
    return at;
  }

  #holdsFew(start: number, count: number, ids: Int32Array): boolean {
    for (let i = 0; i < count; i++) if (!this.#holds(start, count, ids[i]!)) return false;
    return true;
  }

  #holds(start: number, count: number, id: number): boolean {
    for (let at = start; at < start + count; at++) if (this.#idAt(at) === id) return true;
    return false;
  }

  // Allocates, so that the time is proportional to `count`.
  #holdsMany(start: number, count: number, ids: Int32Array): boolean {
    const own = new Set<number>();
    for (let at = start; at < start + count; at++) own.add(this.#idAt(at));
    for (let i = 0; i < count; i++) if (!own.has(ids[i]!)) return false;
    return true;
  }

  #idAt(at: number): number {
    const id = this.#ids[at]!;
    return id < 0 ? ~id : id;
  }

  #spanOf(count: number): number {
    const free = this.#freeSpans[count] ?? 0;
    if (free !== 0) {
      this.#freeSpans[count] = this.#ids[free]!;
      return free;
    }
    const start = this.#end;
    this.#end += count;
    if (this.#end > this.#ids.length) this.#ids = grownInt32(this.#ids, this.#end);
    return start;
  }
}

// The hash of a set of pair ids: the sum of the mixed ids, mixed again. A sum does not depend on order. The
// mixing of each id must not be linear, otherwise sets of neighbouring ids collide by the thousand.

/** Contribution of one id to the sum. */
export function mixedId(id: number): number {
  const once = Math.imul(id, 0x9e3779b1);
  return Math.imul(once ^ (once >>> 15), 0x85ebca77);
}

/** Hash of a set whose contributions add up to `sum` (32 bits, signed). */
export function hashOfSum(sum: number): number {
  const once = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  return once ^ (once >>> 13);
}
