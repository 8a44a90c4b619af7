// Writes the state of a process to its folder.
//
// ```
//   head      two records, in turns: sequence, lengths, checksums, time
//   log.0     grows; a log that starts again gets the next number
//   cells.0   the cells, in turns
//   cells.1
//   owner     the lock, see members
// ```
//
// Order of a writing: new bytes of the log, the older cells, the older record of the head. If the process is killed at
// any moment, the last whole state is intact, since no byte of it was written. Files are overwritten in place, so a full
// disk stops only states that grow. Nothing is flushed to the disk: a restart of the machine ends all members.
import { readBytesSync } from "../../io/files/open-file.ts";
import { closeSync, fstatSync, rmSync } from "node:fs";
import { attempt } from "../../diagnostics/rate-limit.ts";
import { encodeHead, type Head } from "./head.ts";
import { replaceFileSync } from "../../io/files/replace.ts";
import {
  cellsPath,
  continuedCrc,
  FILE_MODE,
  headPath,
  logPath,
  openForWriting,
  writeAllSync,
} from "./state-files.ts";

/** Figures of a process, as opaque bytes. */
export interface FigureSource {
  /** The log from a position to its end. */
  logFrom(from: number): Uint8Array;
  /** The cells, one piece after the other. */
  readonly cells: readonly Uint8Array[];
  /** Another number than at the previous writing means that the log has started again. @defaultValue 0 */
  readonly logNumber?: number;
}

/** The end of a writer's work, from which another one can continue. */
export interface StatePosition {
  /** Number of whole states written. */
  readonly sequence: number;
  /** Number of the log's file. */
  readonly logNumber: number;
}

const NOTHING: StatePosition = { sequence: 0, logNumber: 0 };

/** Writer of one state folder, synchronous: it also works in an exit handler. */
export class StateWriter implements StatePosition {
  #folder: string;
  readonly #head: number;
  readonly #cells: readonly [number, number];
  #log: number;
  #logNumber: number;
  // That of the first writing, at first.
  #sourceNumber: number | undefined;
  #logLength = 0;
  #logCrc = 0;
  #sequence: number;
  // The first log that may have to be removed.
  #oldLog: number;

  /**
   * Creates the files in an existing folder.
   *
   * @param last the end of another writer, whose state is continued here with a new log.
   * @param skipped number of states and logs that are left out after `last`.
   * @throws the system's error.
   */
  constructor(folder: string, last?: StatePosition, skipped: StatePosition = NOTHING) {
    this.#folder = folder;
    this.#sequence = (last?.sequence ?? 0) + skipped.sequence;
    this.#oldLog = last?.logNumber ?? 0;
    this.#logNumber = last === undefined ? 0 : last.logNumber + 1 + skipped.logNumber;
    this.#head = openForWriting(headPath(folder));
    this.#cells = [openForWriting(cellsPath(folder, 0)), openForWriting(cellsPath(folder, 1))];
    this.#log = openForWriting(logPath(folder, this.#logNumber));
  }

  /**
   * Continues after the last whole state of a writer that may still be amid its next one. The two files that such a writing
   * changes are replaced, so that its end is not visible to readers.
   *
   * @throws the system's error, or FileError.
   */
  static after(folder: string, last: StatePosition): StateWriter {
    replaceFileSync(cellsPath(folder, last.sequence + 1), "", FILE_MODE);
    replaceFileSync(headPath(folder), readBytesSync(headPath(folder)), FILE_MODE);
    // Its log may be the next one. Its cells are in the file that the third state after the last whole one uses, too. That
    // is the first state here, so the last whole one stays.
    return new StateWriter(folder, last, { sequence: 2, logNumber: 1 });
  }

  /** Number of whole states written. */
  get sequence(): number {
    return this.#sequence;
  }

  get logNumber(): number {
    return this.#logNumber;
  }

  /** Whether one of the files was removed: what is written can no longer be read. */
  get isGone(): boolean {
    return this.#descriptors.some((descriptor) => fstatSync(descriptor).nlink === 0);
  }

  /**
   * Writes a whole state. After an error, the last whole state stands, and the next call writes all that is missing.
   *
   * @throws the system's error.
   */
  write(source: FigureSource, timeUnixMillis: number = Date.now()): void {
    const sourceNumber = source.logNumber ?? 0;
    this.#sourceNumber ??= sourceNumber;
    if (sourceNumber !== this.#sourceNumber) this.#restartLog(sourceNumber);
    const sequence = this.#sequence + 1;
    const log = source.logFrom(this.#logLength);
    writeAllSync(this.#log, log, this.#logLength);
    const cells = this.#cells[sequence % 2 === 0 ? 0 : 1];
    let cellsLength = 0;
    let cellsCrc = 0;
    for (const piece of source.cells) {
      writeAllSync(cells, piece, cellsLength);
      cellsCrc = continuedCrc(piece, cellsCrc);
      cellsLength += piece.length;
    }
    const head: Head = {
      sequence,
      timeUnixMillis,
      logLength: this.#logLength + log.length,
      cellsLength,
      logNumber: this.#logNumber,
      logCrc: continuedCrc(log, this.#logCrc),
      cellsCrc,
      pid: process.pid,
    };
    const { record, position } = encodeHead(head);
    writeAllSync(this.#head, record, position);
    this.#sequence = sequence;
    this.#logLength = head.logLength;
    this.#logCrc = head.logCrc;
    for (; this.#oldLog < this.#logNumber; this.#oldLog++) this.#removeLog(this.#oldLog);
  }

  /** The folder was renamed. */
  movedTo(folder: string): void {
    this.#folder = folder;
  }

  /** Closes the files; the state stays. */
  close(): void {
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }

  get #descriptors(): readonly number[] {
    return [this.#head, this.#log, ...this.#cells];
  }

  // The old log stays until a head names the new one.
  #restartLog(sourceNumber: number): void {
    // If no head names it, its file is free.
    if (this.#logLength > 0) {
      const log = openForWriting(logPath(this.#folder, this.#logNumber + 1));
      closeSync(this.#log);
      this.#log = log;
      this.#logNumber++;
    }
    this.#sourceNumber = sourceNumber;
    this.#logLength = 0;
    this.#logCrc = 0;
  }

  #removeLog(number: number): void {
    rmSync(logPath(this.#folder, number), { force: true });
  }
}

/**
 * Calls `write`, which throws if a state cannot be written: then the last state stands, and a warning is logged at most
 * once a minute.
 *
 * @param group the group's folder.
 * @returns whether it is written.
 */
export function isWritten(group: string, write: () => void): boolean {
  const written = attempt(
    () => {
      write();
      return true;
    },
    (reason) =>
      `group "${group}": the figures of this process cannot be written (${reason}); ` +
      "until they can, the group has its last figures",
    `write ${group}`,
  );
  return written === true;
}
