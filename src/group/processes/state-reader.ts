// Reads the state of a process from its folder, while that process may be writing it.
import { errorCode, errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnce } from "../../diagnostics/log-once.ts";
import { readFailure } from "../../io/files/open-file.ts";
import { fstatSync, statSync } from "node:fs";
import { basename } from "node:path";
import { HEAD_BYTES, type Head, newestHead } from "./head.ts";
import {
  cellsPath,
  continuedCrc,
  headPath,
  logPath,
  readAllSync,
  StateFileError,
  withFile,
} from "./state-files.ts";

/** A whole state. Its bytes belong to the caller, and start at the beginning of their buffers. */
export interface State {
  /** The bytes of the log that are new since the previous state. */
  readonly log: Uint8Array<ArrayBuffer>;
  readonly cells: Uint8Array<ArrayBuffer>;
  /** Whether the log has started again: `log` is all of it, and what was read of it before is void. */
  readonly isLogNew: boolean;
}

// Only a process that does nothing but write its state makes even two of them necessary. A reader that is slower than such a
// writer needs many.
const MAX_TRIES = 1_000;
const MAX_HEAD_TRIES = 4;
// More than any process reports.
const MAX_BYTES = 1_073_741_824;

// Normal for a member that is folded meanwhile.
const REMOVED = "its files were removed";

/** Reader of one state folder. Never throws; a state that cannot be read is logged once. */
export class StateReader {
  readonly #folder: string;
  #head: Head | undefined;
  #trouble: string | undefined;
  #isUnreadable = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Time of the last state that was read. */
  get timeUnixMillis(): number | undefined {
    return this.#head?.timeUnixMillis;
  }

  /** Process id of the writer, once a state was read. */
  get pid(): number | undefined {
    return this.#head?.pid;
  }

  /** Number of the last state that was read; 0 if none was. */
  get sequence(): number {
    return this.#head?.sequence ?? 0;
  }

  /** Reason why the last call could not read a state; `undefined` if no new one exists. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Whether the last call could not read a state that may be whole: the next one may. */
  get isUnreadable(): boolean {
    return this.#isUnreadable;
  }

  /** The newest whole state; `undefined` if it was read already, or none can be read. */
  read(): State | undefined {
    const state = this.#read();
    if (this.#trouble !== undefined && this.#trouble !== REMOVED) {
      const name = basename(this.#folder);
      warnOnce(`group member "${name}": ${this.#trouble}; its last valid figures are used`);
    }
    return state;
  }

  #read(): State | undefined {
    this.#trouble = undefined;
    this.#isUnreadable = false;
    const folder = this.#folder;
    try {
      return withFile(headPath(folder), (head, size) => {
        if (size === 0 || readHeadFrom(head).sequence === this.#head?.sequence) return undefined;
        return withFile(cellsPath(folder, 0), (even) =>
          withFile(cellsPath(folder, 1), (odd) => this.#readNewest(head, [even, odd])),
        );
      });
    } catch (error) {
      this.#trouble = troubleFrom(error);
      this.#isUnreadable = readFailure(error) === "unreadable";
      return undefined;
    }
  }

  // The writer overwrites the cells of a state only after a newer head. Nothing but the reading of the cells may lie
  // between the head and them, or a writer that never rests is always faster.
  #readNewest(headFile: number, cellsFiles: readonly [even: number, odd: number]): State | undefined {
    let failed = 0;
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const head = readHeadFrom(headFile);
      // Damaged, unless its writer has overwritten it meanwhile: then the head is a newer one.
      if (head.sequence === failed) return undefined;
      const cells = readPart(cellsFiles[head.sequence % 2 === 0 ? 0 : 1], 0, head.cellsLength);
      const state = this.#whole(head, cells);
      if (state !== undefined) return state;
      failed = head.sequence;
    }
    return undefined;
  }

  #whole(head: Head, cells: Uint8Array<ArrayBuffer> | undefined): State | undefined {
    if (cells === undefined) return this.#failed("its cells are missing or shorter than its head says");
    if (continuedCrc(cells, 0) !== head.cellsCrc) return this.#failed("its cells are damaged");
    const before = this.#head;
    const isLogNew = before === undefined || before.logNumber !== head.logNumber;
    const from = isLogNew ? 0 : before.logLength;
    if (head.logLength < from) return this.#failed("its log has become shorter");
    const log = this.#readLog(head, from);
    if (log === undefined) return this.#failed("its log is missing or shorter than its head says");
    if (continuedCrc(log, isLogNew ? 0 : before.logCrc) !== head.logCrc)
      return this.#failed("its log is damaged");
    this.#head = head;
    this.#trouble = undefined;
    return { log, cells, isLogNew };
  }

  // `undefined` if it is too short, or missing: an old log is removed once a head names the next one.
  #readLog(head: Head, from: number): Uint8Array<ArrayBuffer> | undefined {
    const path = logPath(this.#folder, head.logNumber);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    return withFile(path, (file) => readPart(file, from, head.logLength - from));
  }

  #failed(trouble: string): undefined {
    this.#trouble = trouble;
  }
}

/** The newest head in a folder; `undefined` before the first state. @throws the system's error, or StateFileError. */
export function readHead(folder: string): Head | undefined {
  return withFile(headPath(folder), (file, size) => (size === 0 ? undefined : readHeadFrom(file)));
}

function readHeadFrom(file: number): Head {
  const bytes = Buffer.alloc(HEAD_BYTES);
  // The only record of a first state may be read while it is written.
  for (let attempt = 0; attempt < MAX_HEAD_TRIES; attempt++) {
    const head = newestHead(bytes.subarray(0, readAllSync(file, bytes, 0)));
    if (head !== undefined) return head;
  }
  throw new StateFileError("its head is damaged");
}

/** `undefined` if the file is too short. */
function readPart(file: number, from: number, length: number): Uint8Array<ArrayBuffer> | undefined {
  // A false length must not fill the memory.
  if (fstatSync(file).size < from + length) return undefined;
  if (length > MAX_BYTES) throw new StateFileError(`one of its files has ${length} bytes`);
  // A buffer of its own, so that numbers in it are aligned.
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer, 0, length);
  return readAllSync(file, bytes, from) === length ? bytes : undefined;
}

function troubleFrom(error: unknown): string {
  if (error instanceof StateFileError) return error.message;
  const code = errorCode(error);
  if (code === "ELOOP") return "one of its files is a symbolic link";
  return code === "ENOENT" ? REMOVED : `it cannot be read (${errorMessage(error)})`;
}
