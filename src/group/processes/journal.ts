// The journal of a process: lines for the aggregator, in files that grow only. Each is followed by the next once it is
// long enough; the aggregator removes those that it has read.
//
// ```
//   journal.0    whole lines, each with its end; a last one without end is being written, or its process was killed
//   journal.1
//   cursor       file and position up to which the aggregator has kept the lines
// ```
import { readTextSync } from "../../io/files/open-file.ts";
import { closeSync, existsSync, fstatSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { openForWriting, readAllSync, withFile, writeAllSync } from "./state-files.ts";

/** Maximum bytes of lines that the aggregator has not read. */
export const MAX_UNREAD_BYTES: number = 8 * 1024 * 1024;

const MAX_FILE_BYTES = 128 * 1024;
const SLICE_BYTES = 64 * 1024;
const LINE_END = 0x0a;
const CURSOR = /^(\d{1,10}) (\d{1,10}) *\n$/;
const CURSOR_LENGTH = 24;

function journalPath(folder: string, number: number): string {
  return join(folder, `journal.${number}`);
}

/** A place in a journal: a position in the file of this number. */
export interface JournalPosition {
  readonly number: number;
  readonly offset: number;
}

/** Writer of a process' journal, synchronous: it also works in an exit handler. */
export class JournalWriter {
  readonly #folder: string;
  // Sizes of the files that may exist. The last one is that of the current file.
  readonly #sizes = new Map<number, number>();
  #number = 0;
  #descriptor: number | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** @param folder of the process; it need not exist yet, or may be removed and made again. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Adds a line, which is written by `flush`. Returns `false` if too many lines wait to be written or read. */
  add(line: string): boolean {
    const bytes = Buffer.from(`${line}\n`);
    if (!this.#hasRoomFor(bytes.length)) return false;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    return true;
  }

  /** Whether all lines are written. */
  get isFlushed(): boolean {
    return this.#pendingBytes === 0;
  }

  /**
   * Writes all lines that wait. After an error they still wait.
   *
   * @throws the system's error.
   */
  flush(): void {
    if (this.#pendingBytes === 0) return;
    const descriptor = this.#open();
    const bytes = Buffer.concat(this.#pending);
    const size = this.#sizes.get(this.#number) ?? 0;
    // After a part was written, the next attempt writes the same bytes to the same place.
    this.#pending = [bytes];
    writeAllSync(descriptor, bytes, size);
    this.#sizes.set(this.#number, size + bytes.length);
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #hasRoomFor(added: number): boolean {
    const fits = (): boolean => {
      const written = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
      return written + this.#pendingBytes + added <= MAX_UNREAD_BYTES;
    };
    if (fits()) return true;
    for (const number of this.#sizes.keys()) {
      if (!existsSync(journalPath(this.#folder, number))) this.#sizes.delete(number);
    }
    return fits();
  }

  #open(): number {
    if (this.#descriptor !== undefined) {
      const isRemoved = fstatSync(this.#descriptor).nlink === 0;
      if (!isRemoved && (this.#sizes.get(this.#number) ?? 0) < MAX_FILE_BYTES) return this.#descriptor;
      this.close();
      this.#number++;
    }
    this.#descriptor = openForWriting(journalPath(this.#folder, this.#number));
    this.#sizes.set(this.#number, 0);
    return this.#descriptor;
  }
}

/** Reader of the journal of another process, or of an earlier time of this one. */
export class JournalReader {
  readonly #folder: string;
  #at: JournalPosition;
  #kept: JournalPosition;

  /** Begins at the cursor, the end of the lines that an earlier aggregator has kept. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#at = readCursor(folder);
    this.#kept = this.#at;
  }

  /** Whether lines were read that are not marked as kept. */
  get hasUnkept(): boolean {
    return this.#at.number !== this.#kept.number || this.#at.offset !== this.#kept.offset;
  }

  /**
   * Returns the next whole lines, a slice of them; none if all are read.
   *
   * @throws the system's error.
   */
  read(): readonly string[] {
    for (;;) {
      // Looked for first: a file that has a successor does not grow any more.
      const next = this.#next();
      const lines = this.#readFile();
      if (lines.length > 0 || next === undefined) return lines;
      this.#at = { number: next, offset: 0 };
    }
  }

  /**
   * Stores that all lines that were read are kept, and removes the files that are not needed any more.
   *
   * @throws the system's error.
   */
  keep(): void {
    if (!this.hasUnkept) return;
    const at = this.#at;
    const descriptor = openForWriting(join(this.#folder, "cursor"));
    try {
      const text = `${at.number} ${at.offset}`.padEnd(CURSOR_LENGTH - 1);
      writeAllSync(descriptor, Buffer.from(`${text}\n`), 0);
    } finally {
      closeSync(descriptor);
    }
    const former = at.number > this.#kept.number ? numbersIn(this.#folder) : [];
    for (const number of former)
      if (number < at.number) rmSync(journalPath(this.#folder, number), { force: true });
    this.#kept = at;
  }

  #next(): number | undefined {
    const { number } = this.#at;
    if (existsSync(journalPath(this.#folder, number + 1))) return number + 1;
    if (existsSync(journalPath(this.#folder, number))) return undefined;
    // The folder was removed and made again.
    const numbers = numbersIn(this.#folder).filter((each) => each > number);
    return numbers.length === 0 ? undefined : Math.min(...numbers);
  }

  #readFile(): readonly string[] {
    const { number, offset } = this.#at;
    const path = journalPath(this.#folder, number);
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= offset) return [];
    return withFile(path, (descriptor, size) => {
      for (let length = SLICE_BYTES; ; length *= 2) {
        const bytes = Buffer.alloc(Math.min(length, size - offset));
        const slice = bytes.subarray(0, readAllSync(descriptor, bytes, offset));
        const end = slice.lastIndexOf(LINE_END);
        if (end < 0 && length < size - offset) continue;
        if (end < 0) return [];
        this.#at = { number, offset: offset + end + 1 };
        return slice.toString("utf8", 0, end).split("\n");
      }
    });
  }
}

function readCursor(folder: string): JournalPosition {
  const path = join(folder, "cursor");
  if (existsSync(path)) {
    const [, number, offset] = CURSOR.exec(readTextSync(path)) ?? [];
    if (number !== undefined) return { number: Number(number), offset: Number(offset) };
  }
  return { number: 0, offset: 0 };
}

function numbersIn(folder: string): readonly number[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => {
    const number = /^journal\.(\d{1,10})$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
