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

/** How many characters a line of the output may have: those of a terminal that tells its width, else any number. */
export function terminalWidth({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number {
  // Terminals of containers and of builds often have 0 columns: they do not know.
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Infinity;
}
