// Standard output, and the progress line of the terminal.
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { shownLines } from "../diagnostics/foreign-text.ts";

/** Writes to a stream whose reader may be slow or stop reading. */
export class Output {
  readonly #stream: Writable;
  readonly #end = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    const end = (): void => this.#end.abort();
    stream.on("error", end).on("close", end);
  }

  /** Aborts when the reader stops reading, as `head` does. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /**
   * Writes text without control characters. Resolves when the stream has room again or the reader has stopped.
   *
   * @param styled adds colours to the escaped text.
   */
  async write(text: string, styled: (text: string) => string = (shown) => shown): Promise<void> {
    if (this.signal.aborted || this.#stream.write(styled(shownLines(text)))) return;
    await once(this.#stream, "drain", { signal: this.signal }).catch(() => {});
  }
}

/** Width limit of a line: the width of the terminal if known, else infinite. */
export function terminalWidth({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number {
  // Terminals of containers and CI often report 0 columns.
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Infinity;
}

/** The output stream of the tool. */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

// Interval of progress lines outside a terminal, such as in a log.
const LINE_MILLIS = 5_000;
const CLEAR_LINE = "\r\u001B[K";
const DEFAULT_COLUMNS = 80;

/**
 * Shows progress and messages. A terminal has one progress line that is overwritten; other outputs get separate lines.
 */
export class Terminal {
  readonly #stream: TerminalStream;
  #lastLine = -Infinity;
  #isLineShown = false;

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** Shows progress: immediately in a terminal, every 5 s elsewhere. */
  progress(text: string): void {
    const { isTTY, columns } = this.#stream;
    if (isTTY === true) {
      // Cut to one line, because only one line is cleared.
      this.#stream.write(`${CLEAR_LINE}${text.slice(0, (columns || DEFAULT_COLUMNS) - 1)}`);
      this.#isLineShown = true;
    } else if (performance.now() - this.#lastLine >= LINE_MILLIS) {
      this.#lastLine = performance.now();
      this.#stream.write(`${text}\n`);
    }
  }

  /** Writes a line that stays visible. */
  message(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Clears the progress line. */
  clear(): void {
    if (this.#isLineShown) this.#stream.write(CLEAR_LINE);
    this.#isLineShown = false;
  }
}

/** Logs problems with files and attempts, beside the progress line. */
export function logTo(terminal: Terminal): void {
  const say = (message: string): void => terminal.message(`tachymeter: ${message}`);
  const silent = (): void => {};
  diag.setLogger({ error: say, warn: say, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
}
