// A file that keeps a state over restarts. It is replaced as a whole.
import { renameSync, statSync } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { systemTimers, type Timers, withTimeout } from "../timeout.ts";
import { nextTurn } from "../yield.ts";
import { NewerFileError } from "./file-version.ts";
import { makeFolder, readTextSync } from "./open-file.ts";
import { removeAbandoned, replaceFile } from "./replace.ts";

const FILE_MODE = 0o600;
// Changes that may wait are written in at most a tenth of the time.
const PAUSE_FACTOR = 9;
// After a failed write.
const RETRY_MILLIS = 1_000;
// A disk may hang for ever.
const MAX_WAIT_MILLIS = 10_000;
const MAX_REST_MILLIS = 500;

/** Parts of a state file. */
export interface StateFileParts {
  readonly file: string;
  /** First word of messages, such as `alerts`. */
  readonly area: string;
  /** Consequence of a file that cannot be read, for messages. */
  readonly consequence: string;
  /** Returns the whole content; `undefined` if there is nothing to keep, which removes the file. */
  readonly content: () => Content | Promise<Content>;
  /** Called once the content is on disk. Must not throw. */
  readonly written?: () => void;
  /** Time between two writes of changes that may wait, in milliseconds. @defaultValue 0 */
  readonly pauseMillis?: number;
  readonly timers?: Timers;
}

type Content = string | Uint8Array | undefined;

/**
 * A file that only its user can read. Changes during a write are written together after it. A failing disk never fails a
 * call: the write is repeated.
 */
export class StateFile {
  readonly #parts: StateFileParts;
  readonly #timers: Timers;
  #isDirty = false;
  // A change that may wait.
  #isStale = false;
  #pausedUntilMillis = -Infinity;
  // Begin of the write under way. A disk hangs in real time.
  #begunMillis = 0;
  // End of the rest after a long write.
  #restsUntilMillis = -Infinity;
  #rest: Promise<void> | undefined;
  #endRest = (): void => {};
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: StateFileParts) {
    this.#parts = parts;
    this.#timers = parts.timers ?? systemTimers;
  }

  /**
   * Reads the file, and returns what `parse` does. Returns `undefined` if it is missing, or if it cannot be used, which is
   * logged. A file that `parse` refuses is renamed; one of a newer version so that it can be used again.
   */
  read<State>(parse: (text: string) => State): State | undefined {
    const { file, area, consequence } = this.#parts;
    let text: string;
    try {
      removeAbandoned(dirname(file));
      const stats = statSync(file, { throwIfNoEntry: false });
      if (stats === undefined) return undefined;
      // Reading a FIFO would block.
      if (!stats.isFile()) throw new TypeError("it must be a file");
      text = readTextSync(file);
    } catch (error) {
      diag.error(`${area}: "${file}" cannot be read (${errorMessage(error)}); ${consequence}`);
      return undefined;
    }
    try {
      return parse(text);
    } catch (error) {
      const reason = errorMessage(error);
      diag.error(
        error instanceof NewerFileError
          ? `${area}: "${file}" ${reason} and ${setAside(file, "newer")}; ${consequence}; update tachymeter, and rename it back`
          : `${area}: "${file}" is damaged (${reason}) and ${setAside(file, "damaged")}; ${consequence}`,
      );
      return undefined;
    }
  }

  /** Writes the content soon. */
  changed(): void {
    if (this.#isClosed) return;
    this.#isDirty = true;
    this.#writing ??= this.#write();
  }

  /** Writes the content after a pause, or with the next change that is written soon. */
  changedSlightly(): void {
    this.#isStale = true;
    if (this.#writing !== undefined || this.#cancelTimer !== undefined) return;
    const pause = this.#pausedUntilMillis - this.#timers.monotonicMillis();
    if (pause <= 0) this.changed();
    else this.#cancelTimer = this.#timers.setTimer(() => this.changed(), Math.ceil(pause));
  }

  /** Resolves once all changes are on disk, a write has failed, or one takes longer than 10 s. */
  async saved(): Promise<void> {
    if (this.#isDirty || this.#isStale) this.changed();
    if (this.#writing === undefined) return;
    const left = this.#begunMillis + MAX_WAIT_MILLIS - performance.now();
    await withTimeout(this.#writing, left, () => {});
  }

  /** As `saved`. Writing takes at most a tenth of the time, so that changes that follow closely are written together. */
  async savedSoon(): Promise<void> {
    const rest = this.#restsUntilMillis - this.#timers.monotonicMillis();
    if (rest > 0 && this.#writing === undefined && !this.#isClosed) await (this.#rest ??= this.#rested(rest));
    await this.saved();
  }

  /** Writes all changes for the last time. Never rejects. */
  async close(): Promise<void> {
    await this.saved();
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#endRest();
  }

  // Ends with `close`, too, since a timer does not keep the process alive.
  #rested(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#rest = undefined;
        resolve();
      };
      const cancel = this.#timers.setTimer(end, Math.min(Math.ceil(millis), MAX_REST_MILLIS));
      this.#endRest = end;
    });
  }

  async #write(): Promise<void> {
    this.#begunMillis = performance.now();
    // Changes of one turn are written together.
    await nextTurn();
    const { file, area, content, written, pauseMillis = 0 } = this.#parts;
    while (this.#isDirty) {
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
      this.#isDirty = false;
      this.#isStale = false;
      const begin = this.#timers.monotonicMillis();
      try {
        await replaced(file, await content());
        written?.();
        // Changes during this write may need another one.
        this.#begunMillis = performance.now();
        const end = this.#timers.monotonicMillis();
        this.#restsUntilMillis = end + PAUSE_FACTOR * (end - begin);
        this.#pausedUntilMillis = Math.max(begin + pauseMillis, this.#restsUntilMillis);
      } catch (error) {
        warnOnceAMinute(
          `${area}: "${file}" cannot be written (${errorMessage(error)}); its content is lost if the process ends now`,
        );
        this.#isStale = true;
        this.#pausedUntilMillis = this.#timers.monotonicMillis() + RETRY_MILLIS;
        break;
      }
    }
    this.#writing = undefined;
    if (this.#isStale) this.changedSlightly();
  }
}

async function replaced(file: string, content: Content): Promise<void> {
  if (content === undefined) return rm(file, { force: true });
  await makeFolder({ mkdir, stat }, dirname(file));
  // In one piece, since each piece is written alone.
  await replaceFile(file, typeof content === "string" ? content : [content], FILE_MODE);
}

/** Renames a file that cannot be used. Returns the outcome, for a message. */
export function setAside(file: string, cause: "damaged" | "newer"): string {
  const aside = `${file}.${cause}`;
  try {
    renameSync(file, aside);
    return `was renamed to "${aside}"`;
  } catch (error) {
    return `cannot be renamed (${errorMessage(error)})`;
  }
}
