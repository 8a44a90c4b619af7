// Which keys a view leaves out, asked once for a key. Bounded: a caller may come with a million keys.

const MAX_KEYS = 1000;

/** The keys that do not make a series. */
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
