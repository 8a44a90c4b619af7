// Lines that wait to be written.

/** Gathers lines, up to a number of bytes, until they are taken to be written together. */
export class PendingLines {
  readonly #maxBytes: number;
  #lines: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Adds a line; `false` if too many bytes wait already. */
  add(line: Buffer): boolean {
    if (this.#bytes + line.length > this.#maxBytes) return false;
    this.#lines.push(line);
    this.#bytes += line.length;
    return true;
  }

  /** All that wait; none do afterwards. */
  take(): Buffer {
    const batch = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#bytes = 0;
    return batch;
  }

  /** Has what was taken and not written wait again, before all others. */
  readonly putBack = (rest: Buffer): void => {
    if (rest.length === 0) return;
    this.#lines.unshift(rest);
    this.#bytes += rest.length;
  };
}
