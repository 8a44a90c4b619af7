// The files of a group: those of a state, and their reading and writing at a position.
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "../../io/bytes/crc32.ts";
import { errorCode } from "../../diagnostics/error-message.ts";
import { temporaryFileBeside } from "../../io/files/replace.ts";

/** Mode of the files of a group: readable by their owner only. */
export const FILE_MODE = 0o600;

export function headPath(folder: string): string {
  return join(folder, "head");
}

/** @param number of the log: a new one is begun if the log starts again. */
export function logPath(folder: string, number: number): string {
  return join(folder, `log.${number}`);
}

/** @param sequence of the state: its cells are in one of two files, in turns. */
export function cellsPath(folder: string, sequence: number): string {
  return join(folder, `cells.${sequence % 2}`);
}

/** Whether a name is that of a file in a state's folder. */
export function isStateFile(name: string): boolean {
  return /^(?:head|owner|cursor|facts|exemplars|cells\.[01]|(?:log|journal)\.\d{1,10}|\.tachymeter-[0-9a-f]{16}\.tmp)$/.test(
    name,
  );
}

// `O_NOFOLLOW`, since the folder of another process may be manipulated; `O_NONBLOCK`, since a FIFO would block.
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Thrown for a file that cannot be part of a state. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
  readonly code = "TACHYMETER_STATE_FILE";
}

/** Opens a file for writing, and creates it if it does not exist. */
export function openForWriting(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_CREAT | CAREFULLY, FILE_MODE);
}

/** Calls `use` with the descriptor and size of an existing regular file. */
export function withFile<Result>(path: string, use: (descriptor: number, size: number) => Result): Result {
  const descriptor = openSync(path, constants.O_RDONLY | CAREFULLY);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new StateFileError("one of its files is not a regular file");
    return use(descriptor, stats.size);
  } finally {
    closeSync(descriptor);
  }
}

/** CRC-32 of bytes that follow those of `before`. Node's own function returns 0 for no bytes. */
export function continuedCrc(bytes: Uint8Array, before: number): number {
  return bytes.length === 0 ? before : crc32(bytes, before);
}

/** Writes all bytes; a partial write is continued. */
export function writeAllSync(descriptor: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    const count = writeSync(descriptor, bytes, written, bytes.length - written, position + written);
    if (count === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    written += count;
  }
}

/** Fills `into` from a position; returns the number of bytes, fewer at the end of the file. */
export function readAllSync(descriptor: number, into: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const count = readSync(descriptor, into, filled, into.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/**
 * Creates a file with its whole content at once, unless it exists. If several processes try, only one succeeds.
 *
 * @returns whether it was this process.
 * @throws the system's error.
 */
export function publishOnce(path: string, text: string): boolean {
  const temporary = temporaryFileBeside(path);
  try {
    writeFileSync(temporary, text, { flag: "wx", mode: FILE_MODE });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
