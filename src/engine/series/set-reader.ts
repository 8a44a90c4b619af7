// Reading a caller's attributes, whatever they are: the only place besides the trie where the caller's getters run.
import type { Attributes } from "@opentelemetry/api";
import { grownInt32 } from "../aggregation/grown.ts";
import { type Interner, NO_PAIR } from "./interner.ts";
import { hashOfSum, mixedId } from "./pair-spans.ts";

// In this file and in this form, as in `trie.ts`.
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object
const hasOwn = Object.prototype.hasOwnProperty;

/** One attribute set as it was read, kept and used again: reading allocates nothing. */
export class SetReader {
  /** The pairs' ids, in the order of reading; the first {@link count}. */
  ids: Int32Array = new Int32Array(32);
  count = 0;
  /** The ids, and inverted the indexes of left-out keys between them; the first {@link steps}: a path of the trie. */
  path: Int32Array = new Int32Array(32);
  steps = 0;
  /** Whether the path can be one of the trie: no arrays, no objects, nothing dropped. */
  isPath = true;
  /** Keys of attributes that were left out because their value is none or their reading threw; `""` for a whole set. */
  readonly droppedKeys: string[] = [];
  #sum = 0;

  get hash(): number {
    return hashOfSum(this.#sum);
  }

  /** Reads own, enumerable attributes. Returns whether all pairs are known; `interning` makes and holds new ones. */
  read(
    attributes: Attributes | undefined,
    interner: Interner,
    leftOut: FilteredKeys | undefined,
    interning: boolean,
  ): boolean {
    this.count = 0;
    this.steps = 0;
    this.isPath = true;
    // Setting a length is slow even where it changes nothing.
    if (this.droppedKeys.length > 0) this.droppedKeys.length = 0;
    this.#sum = 0;
    // Callers without types pass anything, and a text has own properties too.
    if (typeof attributes !== "object") return true;
    try {
      for (const key in attributes) {
        if (!hasOwn.call(attributes, key)) continue;
        const id = this.#idOf(attributes, key, interner, leftOut, interning);
        if (id === 0) return false;
        if (id !== NO_PAIR) this.#append(id);
      }
    } catch {
      // A proxy does not even tell its keys.
      this.#drop("");
    }
    return true;
  }

  // An own attribute's pair's id, 0 for an unknown one, NO_PAIR where there is nothing to append.
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
      // What a caller may change in place is looked at each time.
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
  /** The keys that were found to be left out; a key's place in it is its index. */
  readonly keys: string[] = [];
  readonly #keeps: (key: string) => boolean;
  // -1 for a key that is kept.
  readonly #indexes = new Map<string, number>();

  constructor(keeps: (key: string) => boolean) {
    this.#keeps = keeps;
  }

  /** -1 for a key that is kept, the index of one that is left out, or `Infinity` for one too many to have an index. */
  indexOf(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    if (this.#indexes.size >= MAX_KEYS) return this.#keeps(key) ? -1 : Infinity;
    const index = this.#keeps(key) ? -1 : this.keys.push(key) - 1;
    this.#indexes.set(key, index);
    return index;
  }
}
