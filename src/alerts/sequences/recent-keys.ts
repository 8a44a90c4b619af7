/** State of one key. Linked to its neighbours in the order of time. */
export class KeyEntry {
  // Declared only: V8 takes long to define fields of a class that has several subclasses.
  declare readonly key: string;
  declare older: this | undefined;
  declare newer: this | undefined;

  constructor(key: string) {
    this.key = key;
    this.older = undefined;
    this.newer = undefined;
  }
}

/**
 * Entries by key, oldest first. The order is a linked list: in a `Map`, reading the first entry takes long if many before
 * it were deleted.
 */
export class RecentKeys<Entry extends KeyEntry> {
  readonly #entries = new Map<string, Entry>();
  #oldest: Entry | undefined;
  #newest: Entry | undefined;

  get size(): number {
    return this.#entries.size;
  }

  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  get newest(): Entry | undefined {
    return this.#newest;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Adds an entry as the newest one. Its key must be new. */
  add(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#append(entry);
  }

  /** Makes an entry the newest one. */
  touch(entry: Entry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#unlink(entry);
  }

  /** Removes all entries; returns them, oldest first. */
  clear(): readonly Entry[] {
    const entries = [...this];
    for (const entry of entries) this.delete(entry);
    return entries;
  }

  *[Symbol.iterator](): Generator<Entry, void, undefined> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) yield entry;
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
