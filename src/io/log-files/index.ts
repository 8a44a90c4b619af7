// Log files: opening, repairing an unfinished last line, appending and rotating.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import {
  closeSync,
  constants,
  fstatSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  write,
  writeSync,
} from "node:fs";
import { absolutePath } from "../files/absolute-path.ts";
import { promisify } from "node:util";
import type { LogFileSettings } from "../../options/event-log.ts";
import { isAbsent, openFileSync } from "../files/open-file.ts";
import { endLastLine } from "./last-line.ts";
import { RotatedFiles } from "./rotation.ts";

/** Path and rotation of a log: by default, a file is rotated after 64 MiB or a day, and 7 rotated files are kept. */
export interface KeptLogFile extends LogFileSettings {
  readonly file: string;
  /** Whether rotated files are compressed by gzip. @defaultValue false */
  readonly compress?: boolean;
}

/** The kind of a log. */
export interface LogKind {
  /** Name in errors: `event log`. */
  readonly name: string;
  /** The start of every line, which is JSON; identifies a last line that a killed process left unfinished. */
  readonly lineBegin: string;
  /** Makes the error for invalid options or an unusable file. */
  readonly error: (message: string, options?: ErrorOptions) => Error;
}

const LINE_FEED = 10;
const MAX_WAIT_MILLIS = 1_000;
const RENAME_AGAIN_MILLIS = 60_000;
const writeTo = promisify(write);

/** An append-only file, replaced by a new one at rotation. Several processes may have it open. */
export class LogFile {
  readonly path: string;
  readonly #kind: LogKind;
  readonly #maxBytes: number;
  readonly #maxAgeMillis: number;
  readonly #rotated: RotatedFiles;
  #descriptor: number;
  #stats: Stats;
  #bornMillis: number;
  #isInMidLine = false;
  #isAppending = false;
  // Until then, a file that cannot be renamed is written on.
  #renameAgainMillis = -Infinity;
  // Size of the file at the end of the running write, unless other processes write too.
  #sizeThen = 0;

  /** Throws the kind's error if the file cannot be opened. */
  constructor({ file, maxBytes, maxAgeMillis, maxFiles, compress = false }: KeptLogFile, kind: LogKind) {
    this.#kind = kind;
    this.path = fileBehindLinks(absolutePath(file));
    this.#maxBytes = maxBytes ?? 64 * 1024 * 1024;
    this.#maxAgeMillis = maxAgeMillis ?? 86_400_000;
    this.#rotated = new RotatedFiles(this.path, maxFiles ?? 7, compress);
    ({ descriptor: this.#descriptor, stats: this.#stats, bornMillis: this.#bornMillis } = this.#openFirst());
    this.#rotated.tidy();
  }

  /** The descriptor of the current file. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** Whether the next append goes to another file. */
  get isOver(): boolean {
    return this.#isDone || !this.#isStillNamed();
  }

  /**
   * Appends bytes, to a new file if this one is full or too old. Rejects if they cannot be written. Before the promise
   * is settled, `rest` is called with the unwritten bytes.
   */
  async append(bytes: Buffer, rest: (unwritten: Buffer) => void): Promise<void> {
    let written = 0;
    const writeUntil = async (end: number): Promise<void> => {
      while (written < end) {
        this.#sizeThen = fstatSync(this.#descriptor).size + end - written;
        const { bytesWritten } = await writeTo(this.#descriptor, bytes, written, end - written);
        written += bytesWritten;
        this.#grew(bytes.subarray(written - bytesWritten, written));
      }
    };
    try {
      this.#isAppending = true;
      await writeUntil(this.#restOfLine(bytes));
      this.#roll();
      await writeUntil(bytes.length);
    } finally {
      this.#isAppending = false;
      rest(bytes.subarray(written));
    }
  }

  /** Writes synchronously; during an append, to the same file, and after it: its thread is waited for a second at most. */
  writeNow(bytes: Uint8Array): void {
    let written = 0;
    const writeUntil = (end: number): void => {
      while (written < end) {
        const bytesWritten = writeSync(this.#descriptor, bytes, written, end - written);
        written += bytesWritten;
        this.#grew(bytes.subarray(written - bytesWritten, written));
      }
    };
    if (this.#isAppending) this.#waitForAppend();
    else {
      writeUntil(this.#restOfLine(bytes));
      if (!this.#isStillNamed()) this.#reopenIfPossible();
    }
    writeUntil(bytes.length);
  }

  #waitForAppend(): void {
    const untilMillis = performance.now() + MAX_WAIT_MILLIS;
    // A pipe has no size.
    while (this.#stats.isFile() && fstatSync(this.#descriptor).size < this.#sizeThen) {
      if (performance.now() > untilMillis) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }

  // Length of the rest of a line. It belongs to the file with its beginning, even if another process has renamed that.
  #restOfLine(bytes: Uint8Array): number {
    return this.#isInMidLine ? bytes.indexOf(LINE_FEED) + 1 : 0;
  }

  /** Closes the file. A running compression is aborted, and left to the next process that opens the log. */
  close(): void {
    this.#rotated.close();
    closeSync(this.#descriptor);
  }

  #roll(): void {
    const isOurs = this.#isStillNamed();
    if (isOurs && (!this.#isDone || !this.#rename())) return;
    this.#reopen();
    if (isOurs) this.#rotated.tidy();
  }

  // Whether the file has another name now. A single file that is mounted into a container cannot be renamed, and neither can
  // one in a folder of another user.
  #rename(): boolean {
    try {
      renameSync(this.path, this.#rotated.newName());
    } catch (error) {
      // If it is absent, another process has rotated the file meanwhile.
      if (isAbsent(error)) return true;
      this.#renameAgainMillis = performance.now() + RENAME_AGAIN_MILLIS;
      warnOnceAMinute(
        `${this.#kind.name} "${this.path}": it grows, since it cannot be renamed (${errorMessage(error)}); let the process write to its folder, or rotate it by another program`,
      );
      return false;
    }
    return true;
  }

  #reopen(): void {
    const next = open(this.path);
    closeSync(this.#descriptor);
    this.#assign(next);
  }

  // Another process may have rotated, compressed and removed the open file.
  #reopenIfPossible(): void {
    try {
      this.#reopen();
    } catch {
      // The open file may still exist under another name.
    }
  }

  get #isDone(): boolean {
    // A pipe or a device is not rotated.
    if (this.#isInMidLine || !this.#stats.isFile() || performance.now() < this.#renameAgainMillis)
      return false;
    // Other processes may write to the file, and truncate it.
    const { size } = fstatSync(this.#descriptor);
    return size > 0 && (size >= this.#maxBytes || Date.now() - this.#bornMillis >= this.#maxAgeMillis);
  }

  #grew(written: Uint8Array): void {
    if (written.length === 0) return;
    this.#isInMidLine = written.at(-1) !== LINE_FEED;
  }

  #openFirst(): OpenFile {
    try {
      return open(this.path, this.#kind.lineBegin);
    } catch (cause) {
      const reason = errorMessage(cause);
      throw this.#kind.error(
        `${this.#kind.name} "${this.path}": cannot be opened (${reason}); use a writable file in an existing folder`,
        { cause },
      );
    }
  }

  #assign({ descriptor, stats, bornMillis }: OpenFile): void {
    this.#descriptor = descriptor;
    this.#stats = stats;
    this.#bornMillis = bornMillis;
    this.#isInMidLine = false;
  }

  // The file may have been rotated by another process, or removed.
  #isStillNamed(): boolean {
    const named = statSync(this.path, { throwIfNoEntry: false });
    return named !== undefined && named.ino === this.#stats.ino && named.dev === this.#stats.dev;
  }
}

// Resolves links, so that the rotation renames the file and not a link to it.
function fileBehindLinks(path: string): string {
  try {
    return statSync(path).isFile() ? realpathSync(path) : path;
  } catch {
    // It does not exist yet, or opening it will throw.
    return path;
  }
}

interface OpenFile {
  readonly descriptor: number;
  readonly stats: Stats;
  readonly bornMillis: number;
}

// With `lineBegin`, an unfinished last line is replaced by blanks.
function open(path: string, lineBegin?: string): OpenFile {
  const descriptor = openFileSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
  try {
    if (lineBegin !== undefined) endLastLine(path, descriptor, lineBegin);
    const stats = fstatSync(descriptor);
    return { descriptor, stats, bornMillis: stats.birthtimeMs || Date.now() };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Buffers lines, up to a number of bytes, until they are written together. */
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

  /** Adds a line; returns `false` if the buffer is full. */
  add(line: Buffer): boolean {
    if (this.#bytes + line.length > this.#maxBytes) return false;
    this.#lines.push(line);
    this.#bytes += line.length;
    return true;
  }

  /** Returns all lines and empties the buffer. */
  take(): Buffer {
    const batch = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#bytes = 0;
    return batch;
  }

  /** Puts back what was taken and not written, before all other lines. */
  readonly putBack = (rest: Buffer): void => {
    if (rest.length === 0) return;
    this.#lines.unshift(rest);
    this.#bytes += rest.length;
  };
}
