// What the tool tells while it works, on standard error: one line that is renewed in a terminal, lines elsewhere.
import type { Writable } from "node:stream";

/** Where the tool writes to. */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

// Where lines are kept: in a log.
const LINE_MILLIS = 5_000;
const CLEAR_LINE = "\r\u001B[K";
const DEFAULT_COLUMNS = 80;

/** Shows how far something is, and messages in between. */
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
