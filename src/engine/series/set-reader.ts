// Reads a caller's attributes of any kind. Apart from the trie, only this file runs the caller's getters.
import type { Attributes } from "@opentelemetry/api";
import { grownInt32 } from "../aggregation/grown.ts";
import { type Interner, NO_PAIR } from "./interner.ts";
import { hashOfSum, mixedId } from "./pair-spans.ts";

// Declared in this file and in this form for speed, as in `trie.ts`.
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object
const hasOwn = Object.prototype.hasOwnProperty;

/** The attribute set of the last read. Reused, so that reading allocates nothing. */
export class SetReader {
  /** The pairs' ids in the order of reading: the first {@link count} elements. */
  ids: Int32Array = new Int32Array(32);
  count = 0;
  /** A path of the trie: the first {@link steps} elements. Ids, and inverted indexes of left-out keys between them. */
  path: Int32Array = new Int32Array(32);
  steps = 0;
  /** Whether the trie can hold the path: no arrays, no objects, nothing dropped. */
  isPath = true;
  /**
   * Keys of attributes that were left out because their value is invalid or their reading threw; `""` for a
   * whole set.
   */
  readonly droppedKeys: string[] = [];
  #sum = 0;

  get hash(): number {
    return hashOfSum(this.#sum);
  }

  /** Reads own, enumerable attributes. Returns whether all pairs are known; `interning` creates and holds new ones. */
  read(
    attributes: Attributes | undefined,
    interner: Interner,
    leftOut: FilteredKeys | undefined,
    interning: boolean,
  ): boolean {
    this.count = 0;
    this.steps = 0;
    this.isPath = true;
    // Setting a length is slow even if it does not change.
    if (this.droppedKeys.length > 0) this.droppedKeys.length = 0;
    this.#sum = 0;
    // Callers without types may pass anything, and a string has own properties too.
    if (typeof attributes !== "object") return true;
    try {
      for (const key in attributes) {
        if (!hasOwn.call(attributes, key)) continue;
        const id = this.#idOf(attributes, key, interner, leftOut, interning);
        if (id === 0) return false;
        if (id !== NO_PAIR) this.#append(id);
      }
    } catch {
      // A proxy may throw even for its keys.
      this.#drop("");
    }
    return true;
  }

  // Returns the pair id of an own attribute, 0 if it is unknown, or NO_PAIR if there is nothing to append.
  #idOf(
    attributes: Attributes,
    key: string,
    interner: Interner,
    leftOut: FilteredKeys | undefined,
    interning: boolean,
  ): number {
    try {
      const value = attributes[key];
      if (value === undefined) return NO_PAIR;
      const index = leftOut === undefined ? -1 : leftOut.indexOf(key);
      if (index >= 0) {
        this.#leaveOut(index);
        return NO_PAIR;
      }
      const id = interning ? interner.intern(key, value) : interner.find(key, value);
      if (id === NO_PAIR) this.#drop(key);
      // Values that a caller may change in place are read each time.
      else if (typeof value === "object" && value !== null) this.isPath = false;
      return id;
    } catch {
      this.#drop(key);
      return NO_PAIR;
    }
  }

  #append(id: number): void {
    if (this.count === this.ids.length) this.ids = grownInt32(this.ids, this.count + 1);
    this.ids[this.count++] = id;
    this.#sum = (this.#sum + mixedId(id)) | 0;
    this.#step(id);
  }

  #leaveOut(index: number): void {
    if (index === Infinity) this.isPath = false;
    else this.#step(~index);
  }

  #step(step: number): void {
    if (this.steps === this.path.length) this.path = grownInt32(this.path, this.steps + 1);
    this.path[this.steps++] = step;
  }

  #drop(key: string): void {
    this.isPath = false;
    this.droppedKeys.push(key);
  }
}

const MAX_KEYS = 1000;

export class FilteredKeys {
  /** The keys known to be left out. The index of a key is its position. */
  readonly keys: string[] = [];
  readonly #keeps: (key: string) => boolean;
  // -1 for a key that is kept.
  readonly #indexes = new Map<string, number>();

  constructor(keeps: (key: string) => boolean) {
    this.#keeps = keeps;
  }

  /**
   * Returns -1 for a key that is kept, the index of a left-out key, or `Infinity` for one beyond the maximum
   * number.
   */
  indexOf(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    if (this.#indexes.size >= MAX_KEYS) return this.#keeps(key) ? -1 : Infinity;
    const index = this.#keeps(key) ? -1 : this.keys.push(key) - 1;
    this.#indexes.set(key, index);
    return index;
  }
}
