// Opens files; refuses FIFOs, sockets and block devices. Opening a FIFO may block forever and occupy one of Node's
// threads, so that the process never ends.
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from "node:fs";
import { type FileHandle, open, stat, type mkdir } from "node:fs/promises";
import { errorMessage, errorCode, ownErrorCode } from "../../diagnostics/error-message.ts";
import { dirname } from "node:path";
import { absolutePath } from "./absolute-path.ts";

/** Thrown if a path is neither a file nor a character device such as `/dev/null`. */
class FileKindError extends Error {
  override readonly name = "FileKindError";
  readonly code = "TACHYMETER_FILE_KIND";
}

// Paths of the process' own descriptors: a pipe there was opened at the start of the process.
const OWN_DESCRIPTOR = /^\/(?:dev\/(?:stdin|stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * Opens a file like `openSync`, with flags from the `constants` of `node:fs`.
 *
 * @throws FileKindError if it is neither a file nor a character device; otherwise the system's error.
 */
export function openFileSync(path: string, flags: number, mode = 0o600): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  assertKind(path, stats);
  const descriptor = openSync(path, withoutWaiting(path, flags, stats), mode);
  try {
    assertKind(path, fstatSync(descriptor));
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Asynchronous form of {@link openFileSync}; rejects with the same errors. */
export async function openFile(path: string, flags: number, mode = 0o600): Promise<FileHandle> {
  const stats = await stat(path).catch((error: unknown): undefined => {
    if (!isAbsent(error)) throw error;
  });
  assertKind(path, stats);
  const handle = await open(path, withoutWaiting(path, flags, stats), mode);
  try {
    assertKind(path, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of a file. Throws as {@link openFileSync}. */
export function readBytesSync(path: string): Buffer {
  const descriptor = openFileSync(path, constants.O_RDONLY);
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The text of a file. Throws as {@link openFileSync}. */
export function readTextSync(path: string): string {
  return readBytesSync(path).toString();
}

/** Asynchronous form of {@link readTextSync}. */
export async function readText(path: string): Promise<string> {
  const handle = await openFile(path, constants.O_RDONLY);
  try {
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/**
 * Checks the kind of a path without opening it. A path that does not exist is valid.
 *
 * @throws FileKindError as {@link openFileSync}; otherwise the system's error.
 */
export function assertFileKind(path: string): void {
  assertKind(path, statSync(path, { throwIfNoEntry: false }));
}

/** Whether an error means that a path does not exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Meaning of an error of a reading. With `unreadable`, the file may be whole: the reading is to be tried again. */
export function readFailure(error: unknown): "absent" | "damaged" | "unreadable" {
  if (isAbsent(error)) return "absent";
  const code = ownErrorCode(error) === undefined ? errorCode(error) : undefined;
  return code === undefined || code === "EISDIR" ? "damaged" : "unreadable";
}

function assertKind(path: string, stats: Stats | undefined): void {
  if (stats === undefined || stats.isFile() || stats.isCharacterDevice() || stats.isDirectory()) return;
  if (stats.isFIFO() && OWN_DESCRIPTOR.test(path)) return;
  throw new FileKindError(`"${path}" must be a file or a device such as /dev/null, got ${kindOf(stats)}`);
}

// `O_NONBLOCK`, since a FIFO may replace the file between the check and the opening. Devices and the process' own pipes
// are opened without it: their writers expect to block.
function withoutWaiting(path: string, flags: number, stats: Stats | undefined): number {
  const isSpecial = stats !== undefined && !stats.isFile() && !stats.isDirectory();
  return isSpecial || OWN_DESCRIPTOR.test(path) ? flags : flags | (constants.O_NONBLOCK ?? 0);
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return "a named pipe (FIFO)";
  if (stats.isSocket()) return "a socket";
  return stats.isBlockDevice() ? "a block device" : "something else";
}

/** Thrown if a file cannot be written; `cause` is the system's error if there is one. */
export class FileError extends Error {
  /** Always `FileError`. */
  override readonly name = "FileError";
  /** Always `TACHYMETER_FILE`. */
  readonly code = "TACHYMETER_FILE";
}

/** Converts the error of a failed file operation to one that says what to do. */
export function fileErrorFrom(file: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  if (cause instanceof FileKindError) {
    return new FileError(`file ${cause.message}; use another file`, { cause });
  }
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return new FileError(`file "${absolutePath(file)}": cannot be written ${explained(code, file, cause)}`, {
    cause,
  });
}

function explained(code: unknown, file: string, cause: unknown): string {
  const folder = dirname(absolutePath(file));
  switch (code) {
    case "ENOENT":
      return `(its folder ${folder} does not exist); create the folder or use another file`;
    case "ENOTDIR":
      return `(${folder} is not a folder); use a file in a folder`;
    case "EISDIR":
      return "(it is a folder); use a file in it";
    case "EACCES":
    case "EPERM":
      return "(permission denied); grant the permission or use another file";
    case "EROFS":
      return "(its file system is read-only); use a file on another one";
    case "ENOSPC":
      return "(its file system is full); free space or use a file on another one";
    default:
      return `(${errorMessage(cause)}); fix this or use another file`;
  }
}

/** Mode of folders of figures, requests and states, for the owner only. */
export const FOLDER_MODE = 0o700;

/** File system calls, replaceable by tests. */
interface FolderCalls {
  readonly mkdir: typeof mkdir;
  readonly stat: typeof stat;
}

// One level at a time: a recursive `mkdir` of Node.js 20 never returns for a path in `/proc`.
/** Makes a folder for the owner with its parents; resolves to the topmost one that was created. Rejects with the system's error. */
export async function makeFolder(calls: FolderCalls, path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let folder = absolutePath(path); ; folder = dirname(folder)) {
    const stats = await calls.stat(folder).catch((error: unknown) => {
      if (!isAbsent(error) || folder === dirname(folder)) throw error;
    });
    if (stats === undefined) missing.push(folder);
    else {
      assertFolder(folder, stats);
      break;
    }
  }
  for (const folder of missing.toReversed()) {
    await calls.mkdir(folder, { mode: FOLDER_MODE }).catch(async (error: unknown) => {
      // Another process has created it, or it is a dangling link.
      if (errorCode(error) !== "EEXIST") throw error;
      assertFolder(folder, await calls.stat(folder));
    });
  }
  return missing.at(-1);
}

/** Synchronous form of {@link makeFolder}, with a mode. */
export function makeFolderSync(path: string, mode: number): void {
  const missing: string[] = [];
  for (let folder = absolutePath(path); ; folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: folder === dirname(folder) });
    if (stats === undefined) missing.push(folder);
    else {
      assertFolder(folder, stats);
      break;
    }
  }
  for (const folder of missing.toReversed()) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      assertFolder(folder, statSync(folder));
    }
  }
}

function assertFolder(path: string, stats: Stats): void {
  if (stats.isDirectory()) return;
  throw Object.assign(new Error(`"${path}" must be a folder, got something else`), { code: "ENOTDIR" });
}
