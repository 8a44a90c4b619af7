import { diag } from "@opentelemetry/api";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { makeFolderSync } from "../../../io/files/open-file.ts";
import { replaceFile, replaceFileSync } from "../../../io/files/replace.ts";
import { nextTurn } from "../../../io/yield.ts";
import type { DeliveryClock } from "../clock.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const TEMPORARY = /^\.tachymeter-[0-9a-f]{16}\.tmp$/;
const ABANDONED_AFTER_MILLIS = 600_000;
// Changes that may wait are written in at most a tenth of the time.
const PAUSE_FACTOR = 9;

/** Parts of a state file. */
export interface StateFileParts {
  readonly file: string;
  readonly clock: DeliveryClock;
  /** Returns the whole content. */
  readonly content: () => readonly Uint8Array[];
  /** Does the longer part of the work of `content`, in slices. */
  readonly prepare: () => Promise<void>;
  /** Called once the latest content is on disk. Must not throw. */
  readonly written: () => void;
}

/**
 * A file that only its user can read. It is replaced as a whole; changes during a write are written together after it.
 * A failing disk never fails a call.
 */
export class StateFile {
  readonly #file: string;
  readonly #parts: StateFileParts;
  #isDirty = false;
  // A change that may wait.
  #isStale = false;
  #pausedUntilMillis = 0;
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: StateFileParts) {
    this.#file = parts.file;
    this.#parts = parts;
  }

  /** Reads the file and makes it if it is missing. A file that `parse` refuses is set aside and logged. */
  load(parse: (text: string) => void): void {
    try {
      makeFolderSync(dirname(this.#file), FOLDER_MODE);
      removeAbandoned(dirname(this.#file));
      if (!this.#read(parse)) replaceFileSync(this.#file, Buffer.concat(this.#parts.content()), FILE_MODE);
      chmodSync(this.#file, FILE_MODE);
    } catch (error) {
      diag.error(
        `alerts: ${this.#file} cannot be used (${errorMessage(error)}); what waits to be sent is lost with the process`,
      );
    }
  }

  /** Writes the content soon. */
  changed(): void {
    this.#isDirty = true;
    this.#writing ??= this.#write();
  }

  /** Writes the content later, or with the next change that is written soon. */
  changedSlightly(): void {
    this.#isStale = true;
    if (this.#writing !== undefined || this.#cancelTimer !== undefined) return;
    const { clock } = this.#parts;
    const pause = this.#pausedUntilMillis - clock.monotonicMillis();
    if (pause <= 0) this.changed();
    else this.#cancelTimer = clock.setTimer(() => this.changed(), Math.ceil(pause));
  }

  /** Resolves once all changes are on disk, or a write has failed. */
  async saved(): Promise<void> {
    if (this.#isDirty || this.#isStale) this.changed();
    await this.#writing;
  }

  #read(parse: (text: string) => void): boolean {
    const stats = statSync(this.#file, { throwIfNoEntry: false });
    if (stats === undefined) return false;
    // Reading a FIFO would block.
    if (!stats.isFile()) throw new TypeError("it must be a file");
    const text = readFileSync(this.#file, "utf8");
    try {
      parse(text);
      return true;
    } catch (error) {
      const aside = `${this.#file}.damaged`;
      renameSync(this.#file, aside);
      diag.error(
        `alerts: ${this.#file} is damaged (${errorMessage(error)}) and was renamed to ${aside}; active alerts are announced again`,
      );
      return false;
    }
  }

  async #write(): Promise<void> {
    // Changes of one turn are written together.
    await nextTurn();
    const { clock, content, prepare, written } = this.#parts;
    while (this.#isDirty) {
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
      const begin = clock.monotonicMillis();
      try {
        await prepare();
        this.#isDirty = false;
        this.#isStale = false;
        // In one piece, since each piece is written alone.
        await replaceFile(this.#file, [Buffer.concat(content())], FILE_MODE);
        written();
        const end = clock.monotonicMillis();
        this.#pausedUntilMillis = end + PAUSE_FACTOR * (end - begin);
      } catch (error) {
        warnOnceAMinute(
          `alerts: ${this.#file} cannot be written (${errorMessage(error)}); what waits to be sent is lost if the process ends now`,
        );
        this.#isDirty = true;
        break;
      }
    }
    this.#writing = undefined;
    if (this.#isStale && !this.#isDirty) this.changedSlightly();
  }
}

/** Removes temporary files of writes that the end of a process interrupted. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => TEMPORARY.test(each))) {
    const file = join(folder, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MILLIS)
      rmSync(file, { force: true });
  }
}
