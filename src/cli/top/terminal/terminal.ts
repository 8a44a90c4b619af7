// The terminal in full-screen mode: entered and left, its size, its keys.
import { writeSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import { type Key, KeyParser } from "./keys.ts";
import { Screen } from "./screen.ts";

// Alternate screen, hidden cursor, no line wrap; and back.
const ENTER = "\u001B[?1049h\u001B[?25l\u001B[?7l";
const LEAVE = "\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l";
// A terminal that knows them shows a frame at once.
const BEGIN_FRAME = "\u001B[?2026h";
const END_FRAME = "\u001B[?2026l";
// Time in which the rest of an escape sequence arrives, also from afar.
const ESCAPE_MILLIS = 50;
const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
const STANDARD_OUTPUT = 1;

/** Callbacks of a terminal. */
export interface TerminalEvents {
  readonly key: (key: Key) => void;
  /** The size has changed, or the content is lost. */
  readonly resize: () => void;
  /** The terminal is gone. */
  readonly gone: () => void;
}

/** The terminal of this process. It is restored at each end of the process, except by SIGKILL. */
export class FullScreen {
  readonly #input: ReadStream | undefined;
  readonly #output: WriteStream;
  readonly #events: TerminalEvents;
  readonly #keys = new KeyParser();
  readonly #hasColors: boolean;
  #flush: NodeJS.Timeout | undefined;
  #shown: Screen | undefined;
  #isEntered = false;
  #isFull = false;

  /** @param input `undefined` if standard input is not a terminal: there are no keys then. */
  constructor(input: ReadStream | undefined, output: WriteStream, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    this.#hasColors = output.hasColors();
  }

  /** Number of bytes of the last frame. */
  frameBytes = 0;

  get columns(): number {
    return this.#output.columns;
  }

  get rows(): number {
    return this.#output.rows;
  }

  /** Enters the full-screen mode, and reads keys. */
  open(): void {
    this.#enter();
    this.#input?.setEncoding("utf8").on("data", this.#onData).on("error", this.#events.gone);
    this.#output.on("resize", this.#onResize).on("error", this.#events.gone).on("drain", this.#onDrain);
    process.on("exit", this.#leave);
    process.on("uncaughtExceptionMonitor", this.#leave);
    for (const signal of ENDING) process.on(signal, this.#onSignal);
    if (process.platform === "win32") return;
    process.on("SIGTSTP", this.#onStop);
    process.on("SIGCONT", this.#onContinue);
  }

  /** Restores the terminal. */
  close(): void {
    this.#leave();
    clearTimeout(this.#flush);
    this.#input?.off("data", this.#onData).pause();
    this.#output.off("resize", this.#onResize).off("drain", this.#onDrain);
    process.off("exit", this.#leave);
    process.off("uncaughtExceptionMonitor", this.#leave);
    for (const signal of ENDING) process.off(signal, this.#onSignal);
    process.off("SIGTSTP", this.#onStop);
    process.off("SIGCONT", this.#onContinue);
  }

  /** Shows a content. If the terminal is slower than the frames, some are left out. */
  show(screen: Screen): void {
    if (!this.#isEntered || this.#isFull) return;
    const changes = screen.changesFrom(this.#shown, this.#hasColors);
    this.#shown = screen;
    if (changes === "") return;
    const frame = `${BEGIN_FRAME}${changes}${END_FRAME}`;
    this.frameBytes = Buffer.byteLength(frame);
    this.#isFull = !this.#output.write(frame);
  }

  /** Draws the whole content with the next frame, such as after another program has written to the terminal. */
  forget(): void {
    this.#shown = undefined;
  }

  /** Suspends the process, as Ctrl-Z does. */
  suspend(): void {
    if (process.platform !== "win32") this.#onStop();
  }

  #enter(): void {
    this.#input?.setRawMode(true);
    this.#output.write(ENTER);
    this.#isEntered = true;
    this.forget();
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    try {
      // Nothing asynchronous is written at the end of a process.
      writeSync(STANDARD_OUTPUT, LEAVE);
      this.#input?.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };

  // The process ends by the signal, so that a shell sees its reason.
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };

  readonly #onStop = (): void => {
    this.#leave();
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #onContinue = (): void => {
    this.#enter();
    this.#events.resize();
  };

  readonly #onResize = (): void => {
    this.forget();
    this.#events.resize();
  };

  readonly #onDrain = (): void => {
    this.#isFull = false;
    this.#events.resize();
  };

  readonly #onData = (data: string | Buffer): void => {
    clearTimeout(this.#flush);
    for (const key of this.#keys.feed(String(data))) this.#events.key(key);
    if (!this.#keys.isWaiting) return;
    this.#flush = setTimeout(() => {
      for (const key of this.#keys.flush()) this.#events.key(key);
    }, ESCAPE_MILLIS);
  };
}
