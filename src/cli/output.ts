// What the tool gives out, and what it tells meanwhile.
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

/** Where the tool writes to. */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

// Where lines are kept: in a log.
const LINE_MILLIS = 5_000;
const CLEAR_LINE = "\r\u001B[K";
const DEFAULT_COLUMNS = 80;

/** Shows how far something is, and messages in between: in one line that is renewed in a terminal, in lines elsewhere. */
export class Terminal {
  readonly #stream: TerminalStream;
  #lastLine = -Infinity;
  #isLineShown = false;

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** Shows how far it is: at once in a terminal, every 5 s elsewhere. */
  progress(text: string): void {
    const { isTTY, columns } = this.#stream;
    if (isTTY === true) {
      // A line that is broken into two is not cleared as one.
      this.#stream.write(`${CLEAR_LINE}${text.slice(0, (columns || DEFAULT_COLUMNS) - 1)}`);
      this.#isLineShown = true;
    } else if (performance.now() - this.#lastLine >= LINE_MILLIS) {
      this.#lastLine = performance.now();
      this.#stream.write(`${text}\n`);
    }
  }

  /** A line that stays. */
  message(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the line away that says how far it is. */
  clear(): void {
    if (this.#isLineShown) this.#stream.write(CLEAR_LINE);
    this.#isLineShown = false;
  }
}
