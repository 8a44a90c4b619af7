// What a word gives out, as fast as somebody takes it.
import { once } from "node:events";
import type { Writable } from "node:stream";
import { shownLines } from "../diagnostics/foreign-text.ts";

/** Writes to a stream whose reader may be slow, or go away. */
export class Output {
  readonly #stream: Writable;
  readonly #end = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    const end = (): void => this.#end.abort();
    stream.on("error", end).on("close", end);
  }

  /** Aborts once nobody reads any more, as after `head`. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Writes without control characters; resolves when there is room for more, or nobody reads any more. */
  async write(text: string): Promise<void> {
    if (this.signal.aborted || this.#stream.write(shownLines(text))) return;
    await once(this.#stream, "drain", { signal: this.signal }).catch(() => {});
  }
}
