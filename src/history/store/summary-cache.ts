// Summaries of chunks that were read lately.

const MAX_BYTES = 8 * 1024 * 1024;

/** Keeps what was read last, up to 8 MiB. A chunk never changes, and its id is given to no other. */
export class SummaryCache {
  // In the order of their use: the first was not used for longest.
  readonly #summaries = new Map<number, Uint8Array>();
  #sizeBytes = 0;

  /** The summary of a chunk, read where it is not here; `undefined` where there is no such chunk. */
  get(id: number, read: (id: number) => Uint8Array | undefined): Uint8Array | undefined {
    const known = this.#summaries.get(id);
    if (known !== undefined) {
      this.#summaries.delete(id);
      this.#summaries.set(id, known);
      return known;
    }
    const summary = read(id);
    if (summary !== undefined) this.#keep(id, summary);
    return summary;
  }

  #keep(id: number, summary: Uint8Array): void {
    this.#summaries.set(id, summary);
    this.#sizeBytes += summary.length;
    for (const [oldest, { length }] of this.#summaries) {
      if (this.#sizeBytes <= MAX_BYTES) return;
      this.#summaries.delete(oldest);
      this.#sizeBytes -= length;
    }
  }
}
