// The file of a log: opened, cut where it ends in mid-line, and rotated.
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync, renameSync } from "node:fs";
import { rmSync, type Stats, statSync, writeSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { EventLogError } from "./event-log-error.ts";

/** The options that the file has to do with. */
export interface LogFileOptions {
  readonly file: string;
  readonly maxBytes?: number | undefined;
  readonly maxAge?: number | undefined;
  readonly maxFiles?: number | undefined;
}

const LINE_FEED = 10;
// What every line of a log of events begins with.
const LINE_BEGIN = '{"event_id":';
const BLOCK_BYTES = 64 * 1024;

/** An open file that only grows, until another takes its name. Several processes may have it open. */
export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #maxAgeMillis: number;
  readonly #maxFiles: number;
  #descriptor: number;
  #stats: Stats;
  #bytes: number;
  #bornMillis: number;
  #isInMidLine = false;

  /** @throws EventLogError where an option is out of range, or the file cannot be opened. */
  constructor({ file, maxBytes, maxAge, maxFiles }: LogFileOptions) {
    const given: unknown = file;
    if (typeof given !== "string" || given === "") {
      throw new EventLogError(
        `option "file" of the event log: ${JSON.stringify(given)} is no path; give one such as "events.jsonl"`,
      );
    }
    this.path = resolve(file);
    this.#maxBytes = positive("maxBytes", maxBytes, 64 * 1024 * 1024);
    this.#maxAgeMillis = positive("maxAge", maxAge, 86_400) * 1_000;
    this.#maxFiles = positive("maxFiles", maxFiles, 7);
    ({
      descriptor: this.#descriptor,
      stats: this.#stats,
      bytes: this.#bytes,
      bornMillis: this.#bornMillis,
    } = this.#openFirst());
  }

  /** What to write to. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** Begins another file where this one is full, too old, or no longer the one of its name. */
  roll(): void {
    const isFull = this.#bytes >= this.#maxBytes || Date.now() - this.#bornMillis >= this.#maxAgeMillis;
    const isOurs = this.#isStillNamed();
    if (isOurs && (this.#isInMidLine || !isFull || this.#bytes === 0)) return;
    if (isOurs) this.#setAside();
    this.close();
    this.#assign(open(this.path));
  }

  /** Tells what was written. */
  grew(written: Uint8Array): void {
    if (written.length === 0) return;
    this.#bytes += written.length;
    this.#isInMidLine = written.at(-1) !== LINE_FEED;
  }

  /** Writes all of it before it returns. */
  writeNow(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #openFirst(): OpenFile {
    try {
      return open(this.path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EventLogError(
        `event log "${this.path}": cannot be opened, because of ${reason}; name a file that can be written in a folder that exists`,
        { cause },
      );
    }
  }

  #assign({ descriptor, stats, bytes, bornMillis }: OpenFile): void {
    this.#descriptor = descriptor;
    this.#stats = stats;
    this.#bytes = bytes;
    this.#bornMillis = bornMillis;
  }

  // Another process may have rotated it, or somebody may have removed it.
  #isStillNamed(): boolean {
    const named = statSync(this.path, { throwIfNoEntry: false });
    return named !== undefined && named.ino === this.#stats.ino && named.dev === this.#stats.dev;
  }

  #setAside(): void {
    const extension = extname(this.path);
    const stem = basename(this.path, extension);
    const time = new Date().toISOString().replaceAll(":", "-");
    const folder = dirname(this.path);
    renameSync(this.path, join(folder, `${stem}.${time}.${process.pid}${extension}`));
    const rotated = readdirSync(folder)
      .filter((name) => isRotated(name, stem, extension))
      .toSorted();
    for (const name of rotated.slice(0, Math.max(0, rotated.length - this.#maxFiles))) {
      rmSync(join(folder, name), { force: true });
    }
  }
}

interface OpenFile {
  readonly descriptor: number;
  readonly stats: Stats;
  readonly bytes: number;
  readonly bornMillis: number;
}

function open(path: string): OpenFile {
  const descriptor = openSync(path, "a+", 0o600);
  try {
    endLastLine(descriptor);
    const stats = fstatSync(descriptor);
    return { descriptor, stats, bytes: stats.size, bornMillis: stats.birthtimeMs || Date.now() };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

// A killed process leaves a part of a line. What does not look like one is not ours to cut.
function endLastLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const begin = lastLineBegin(descriptor, size);
  if (begin === size) return;
  const start = Buffer.alloc(Math.min(LINE_BEGIN.length, size - begin));
  readSync(descriptor, start, 0, start.length, begin);
  if (LINE_BEGIN.startsWith(start.toString())) ftruncateSync(descriptor, begin);
  else writeSync(descriptor, "\n");
}

function lastLineBegin(descriptor: number, size: number): number {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0; end = Math.max(0, end - BLOCK_BYTES)) {
    const begin = Math.max(0, end - BLOCK_BYTES);
    const read = readSync(descriptor, block, 0, end - begin, begin);
    const lineFeed = block.subarray(0, read).lastIndexOf(LINE_FEED);
    if (lineFeed >= 0) return begin + lineFeed + 1;
  }
  return 0;
}

function isRotated(name: string, stem: string, extension: string): boolean {
  if (!name.startsWith(`${stem}.`) || !name.endsWith(extension)) return false;
  return /^\d{4}-\d\d-\d\dT[\d.-]+Z\.\d+$/.test(name.slice(stem.length + 1, name.length - extension.length));
}

function positive(option: string, given: unknown, fallback: number): number {
  if (given === undefined) return fallback;
  if (typeof given === "number" && given > 0) return given;
  throw new EventLogError(
    `option "${option}" of the event log: ${JSON.stringify(given)} is out of range; give a number above 0`,
  );
}
