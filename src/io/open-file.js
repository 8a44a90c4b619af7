// Opening files. A FIFO, a socket or a block device in a file's place is refused: opening a FIFO may wait for ever, and
// keeps one of Node's threads, so that the process never ends.
import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
/** Thrown if a path names something that is neither a file nor a device such as `/dev/null`. */
export class FileKindError extends Error {
  name = "FileKindError";
  code = "TACHYMETER_FILE_KIND";
}
// The process' own descriptors by name: a pipe there is the one that the process was started with.
const OWN_DESCRIPTOR = /^\/(?:dev\/(?:stdin|stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;
const ABSENT = "ENOENT";
/**
 * Opens a file as `openSync` does, with flags of `node:fs`' `constants`.
 *
 * @throws FileKindError if it is neither a file nor a character device; otherwise the system's error.
 */
export function openFileSync(path, flags, mode = 0o600) {
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
export async function openFile(path, flags, mode = 0o600) {
  const stats = await stat(path).catch((error) => {
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
export function assertFileKind(path) {
  assertKind(path, statSync(path, { throwIfNoEntry: false }));
}
/** Whether that is the error of a path that names nothing. */
export function isAbsent(error) {
  return error instanceof Error && "code" in error && error.code === ABSENT;
}
function assertKind(path, stats) {
  if (stats === undefined || stats.isFile() || stats.isCharacterDevice() || stats.isDirectory()) return;
  if (stats.isFIFO() && OWN_DESCRIPTOR.test(path)) return;
  throw new FileKindError(`"${path}" must be a file or a device such as /dev/null, got ${kindOf(stats)}`);
}
// What takes the path's place between the look and the opening is not waited for either. Devices and the process' own
// pipes are opened as usual: their writers expect to wait.
function withoutWaiting(path, flags, stats) {
  const isSpecial = stats !== undefined && !stats.isFile() && !stats.isDirectory();
  return isSpecial || OWN_DESCRIPTOR.test(path) ? flags : flags | (constants.O_NONBLOCK ?? 0);
}
function kindOf(stats) {
  if (stats.isFIFO()) return "a named pipe (FIFO)";
  if (stats.isSocket()) return "a socket";
  return stats.isBlockDevice() ? "a block device" : "something else";
}
