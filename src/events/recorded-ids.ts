// The ids of the latest events, by which one that comes back from another program is known.

const MAX_IDS = 10_000;

/** Remembers the latest 10,000 ids. */
export class RecordedIds {
  // In the order of recording.
  readonly #ids = new Set<string>();

  /** Notes an id; `false` if it is remembered already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MAX_IDS) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    return true;
  }
}
