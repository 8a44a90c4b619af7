// Reads the state of a process from its folder, while that process may be writing it.
import { errorCode, errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnce } from "../../diagnostics/log-once.ts";
import { statSync } from "node:fs";
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

// Only a process that does nothing but write its state makes even two of them necessary.
const MAX_TRIES = 100;
const MAX_HEAD_TRIES = 4;
// More than any process reports; a false length must not fill the memory.
const MAX_BYTES = 1_073_741_824;

// Normal for a member that is folded meanwhile.
const REMOVED = "its files were removed";

/** Reader of one state folder. Never throws; a state that cannot be read is logged once. */
export class StateReader {
  readonly #folder: string;
  #head: Head | undefined;
  #trouble: string | undefined;

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

  /**
   * The newest whole state; `undefined` if it was read already, or none can be read.
   *
   * @param spare cells that are no longer needed: their buffer is used again if it is large enough. That saves up to half
   *   of the time for a large state.
   */
  read(spare?: Uint8Array<ArrayBuffer>): State | undefined {
    const state = this.#read(spare?.buffer);
    if (this.#trouble !== undefined && this.#trouble !== REMOVED) {
      const name = basename(this.#folder);
      warnOnce(`group member "${name}": ${this.#trouble}; its last valid figures are used`);
    }
    return state;
  }

  #read(spare: ArrayBuffer | undefined): State | undefined {
    this.#trouble = undefined;
    try {
      let failed = 0;
      for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
        const head = readHead(this.#folder);
        if (head === undefined || head.sequence === this.#head?.sequence) return undefined;
        // Damaged, unless its writer has overwritten it meanwhile: then the head is a newer one.
        if (head.sequence === failed) return undefined;
        const state = this.#tryToRead(head, spare);
        if (state !== undefined) return state;
        failed = head.sequence;
      }
    } catch (error) {
      this.#trouble = troubleFrom(error);
    }
    return undefined;
  }

  // The writer overwrites these cells only after a newer head; the checksum decides if that happened meanwhile.
  #tryToRead(head: Head, spare: ArrayBuffer | undefined): State | undefined {
    const before = this.#head;
    const isLogNew = before === undefined || before.logNumber !== head.logNumber;
    const from = isLogNew ? 0 : before.logLength;
    if (head.logLength < from) return this.#failed("its log has become shorter");
    const log = readPart(logPath(this.#folder, head.logNumber), from, head.logLength - from);
    if (log === undefined) return this.#failed("its log is missing or shorter than its head says");
    if (continuedCrc(log, isLogNew ? 0 : before.logCrc) !== head.logCrc)
      return this.#failed("its log is damaged");
    const cells = readPart(cellsPath(this.#folder, head.sequence), 0, head.cellsLength, spare);
    if (cells === undefined) return this.#failed("its cells are missing or shorter than its head says");
    if (continuedCrc(cells, 0) !== head.cellsCrc) return this.#failed("its cells are damaged");
    this.#head = head;
    this.#trouble = undefined;
    return { log, cells, isLogNew };
  }

  #failed(trouble: string): undefined {
    this.#trouble = trouble;
  }
}

/** The newest head in a folder; `undefined` before the first state. @throws the system's error, or StateFileError. */
export function readHead(folder: string): Head | undefined {
  return withFile(headPath(folder), (descriptor, size) => {
    if (size === 0) return undefined;
    const bytes = Buffer.alloc(HEAD_BYTES);
    // The only record of a first state may be read while it is written.
    for (let attempt = 0; attempt < MAX_HEAD_TRIES; attempt++) {
      const head = newestHead(bytes.subarray(0, readAllSync(descriptor, bytes, 0)));
      if (head !== undefined) return head;
    }
    throw new StateFileError("its head is damaged");
  });
}

/** `undefined` if the file is missing, as an old log may be meanwhile, or too short. */
function readPart(
  path: string,
  from: number,
  length: number,
  spare?: ArrayBuffer,
): Uint8Array<ArrayBuffer> | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return withFile(path, (descriptor, size) => {
    if (size < from + length) return undefined;
    if (length > MAX_BYTES) throw new StateFileError(`one of its files has ${length} bytes`);
    const isEnough = spare !== undefined && spare.byteLength >= length;
    // A buffer of its own, so that numbers in it are aligned.
    const bytes = new Uint8Array(isEnough ? spare : Buffer.allocUnsafeSlow(length).buffer, 0, length);
    return readAllSync(descriptor, bytes, from) === length ? bytes : undefined;
  });
}

function troubleFrom(error: unknown): string {
  if (error instanceof StateFileError) return error.message;
  const code = errorCode(error);
  if (code === "ELOOP") return "one of its files is a symbolic link";
  return code === "ENOENT" ? REMOVED : `it cannot be read (${errorMessage(error)})`;
}
