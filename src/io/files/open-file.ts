// Opening files. A FIFO, a socket or a block device in a file's place is refused: opening a FIFO may wait for ever, and
// keeps one of Node's threads, so that the process never ends.
import { closeSync, constants, fstatSync, openSync, type Stats, statSync, mkdirSync } from "node:fs";
import { type FileHandle, open, stat, type mkdir } from "node:fs/promises";
import { errorMessage, errorCode } from "../../diagnostics/error-message.ts";
import { dirname, resolve } from "node:path";

/** Thrown if a path names something that is neither a file nor a device such as `/dev/null`. */
class FileKindError extends Error {
  override readonly name = "FileKindError";
  readonly code = "TACHYMETER_FILE_KIND";
}

// The process' own descriptors by name: a pipe there is the one that the process was started with.
const OWN_DESCRIPTOR = /^\/(?:dev\/(?:stdin|stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;
const ABSENT = "ENOENT";

/**
 * Opens a file as `openSync` does, with flags of `node:fs`' `constants`.
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

/** The same without blocking; rejects with the same errors. */
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

/**
 * Checks what a path names, without opening it. A path that names nothing is a file to be.
 *
 * @throws FileKindError as {@link openFileSync}; otherwise the system's error.
 */
export function assertFileKind(path: string): void {
  assertKind(path, statSync(path, { throwIfNoEntry: false }));
}

/** Whether that is the error of a path that names nothing. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === ABSENT;
}

function assertKind(path: string, stats: Stats | undefined): void {
  if (stats === undefined || stats.isFile() || stats.isCharacterDevice() || stats.isDirectory()) return;
  if (stats.isFIFO() && OWN_DESCRIPTOR.test(path)) return;
  throw new FileKindError(`"${path}" must be a file or a device such as /dev/null, got ${kindOf(stats)}`);
}

// What takes the path's place between the look and the opening is not waited for either. Devices and the process' own
// pipes are opened as usual: their writers expect to wait.
function withoutWaiting(path: string, flags: number, stats: Stats | undefined): number {
  const isSpecial = stats !== undefined && !stats.isFile() && !stats.isDirectory();
  return isSpecial || OWN_DESCRIPTOR.test(path) ? flags : flags | (constants.O_NONBLOCK ?? 0);
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return "a named pipe (FIFO)";
  if (stats.isSocket()) return "a socket";
  return stats.isBlockDevice() ? "a block device" : "something else";
}

/** A file cannot be written; `cause` has the system's own error if there is one. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code = "TACHYMETER_FILE";
}

/** The error of a file operation that failed, with what to do about it. */
export function fileErrorFrom(file: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  if (cause instanceof FileKindError) {
    return new FileError(`file ${cause.message}; name another file`, { cause });
  }
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return new FileError(`file "${resolve(file)}": cannot be written, ${explained(code, file, cause)}`, {
    cause,
  });
}

function explained(code: unknown, file: string, cause: unknown): string {
  const folder = dirname(resolve(file));
  switch (code) {
    case "ENOENT":
      return `because its folder ${folder} does not exist; create the folder or name another file`;
    case "ENOTDIR":
      return `because ${folder} is not a folder; name a file in a folder`;
    case "EISDIR":
      return "because it is a folder; name a file in it";
    case "EACCES":
    case "EPERM":
      return "because this program may not write there; grant it the right or name another file";
    case "EROFS":
      return "because its file system is read-only; name a file on another one";
    case "ENOSPC":
      return "because its file system is full; make room or name a file on another one";
    default:
      return `because of ${errorMessage(cause)}; mend this or name another file`;
  }
}

/** Calls that reach the disk. */
interface FolderCalls {
  readonly mkdir: typeof mkdir;
  readonly stat: typeof stat;
}

// One level at a time: a recursive `mkdir` of Node.js 20 never returns for a path beneath `/proc`.
/** Makes a folder with its parents; resolves to the topmost one that was made. Rejects with the system's error. */
export async function makeFolder(
  calls: FolderCalls,
  path: string,
  mode: number,
): Promise<string | undefined> {
  const missing: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
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
    await calls.mkdir(folder, { mode }).catch(async (error: unknown) => {
      // Another process was faster, or a link leads nowhere.
      if (errorCode(error) !== "EEXIST") throw error;
      assertFolder(folder, await calls.stat(folder));
    });
  }
  return missing.at(-1);
}

/** The same before it returns. */
export function makeFolderSync(path: string, mode: number): void {
  const missing: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
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
