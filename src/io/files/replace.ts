// Replaces files atomically: a concurrent read returns either the old content or the new one.
import { randomId } from "../random-id.ts";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { chmod, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { absolutePath } from "./absolute-path.ts";
import { assertFileKind, isAbsent, openFile, openFileSync, FileError, fileErrorFrom } from "./open-file.ts";

/**
 * Writes `text`, whole or in pieces, to a temporary file beside `file` and renames it. Keeps the mode of the replaced
 * file. A device is written to directly.
 *
 * @param mode mode of the new file, instead of that of the replaced one.
 * @throws FileError by the promise.
 */
export async function replaceFile(
  file: string,
  text: string | readonly Uint8Array[],
  mode?: number,
): Promise<void> {
  try {
    const target = await replaceable(file);
    if (target === undefined) await writeInPlace(file, text);
    else await writeAndRename({ ...target, ...(mode !== undefined && { mode }) }, text);
  } catch (cause) {
    throw fileErrorFrom(file, cause);
  }
}

/**
 * Synchronous form of {@link replaceFile}, for the end of a process.
 *
 * @param newMode mode of a file that does not exist yet; by default that of the process.
 * @param owner owner of the file, if the process may set it; by default the user of the process.
 * @throws FileError if the file cannot be written.
 */
export function replaceFileSync(
  file: string,
  text: string | Uint8Array,
  newMode?: number,
  owner?: Owner,
): void {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) throw folderError();
    if (stats !== undefined && !stats.isFile()) writeInPlaceSync(file, text);
    else if (stats === undefined) {
      writeAndRenameSync({ path: file, ...(newMode !== undefined && { mode: newMode }), owner }, text);
    } else writeAndRenameSync({ path: realpathSync(file), mode: stats.mode & 0o777, owner }, text);
  } catch (cause) {
    throw fileErrorFrom(file, cause);
  }
}

/** An unused path in the folder of `file`, since renaming works only within one file system. */
export function temporaryFileBeside(file: string): string {
  return join(dirname(absolutePath(file)), `.tachymeter-${randomId()}.tmp`);
}

const TEMPORARY = /^\.tachymeter-[0-9a-f]{16}\.tmp$/;
const ABANDONED_AFTER_MILLIS = 600_000;

/** Removes temporary files of {@link replaceFile} that the end of a process left in a folder. */
export function removeAbandoned(folder: string): void {
  for (const name of namesIn(folder).filter((each) => TEMPORARY.test(each))) {
    const file = join(folder, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MILLIS)
      rmSync(file, { force: true });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** @throws FileError if `file` cannot be the name of a file at all. */
export function assertFile(file: string): void {
  const given: unknown = file;
  if (typeof given === "string" && given !== "" && !given.includes("\0")) return;
  const shown = typeof given === "string" ? JSON.stringify(given) : `of type ${typeof given}`;
  throw new FileError(`file must be a path, got ${shown}; use a path such as "./metrics.json"`);
}

/**
 * Checks that `file` can be written and replaced, without changing it.
 *
 * @throws FileError with the reason and what to do.
 */
export function assertWritable(file: string): void {
  assertFile(file);
  try {
    assertFileKind(file);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) throw folderError();
    if (stats !== undefined) accessSync(file, constants.W_OK);
    if (stats !== undefined && !stats.isFile()) return;
    const temporary = temporaryFileBeside(file);
    closeSync(openSync(temporary, "wx"));
    rmSync(temporary);
  } catch (cause) {
    throw fileErrorFrom(file, cause);
  }
}

// Devices, such as /dev/stdout.
const IN_PLACE = constants.O_WRONLY;

async function writeInPlace(file: string, text: string | readonly Uint8Array[]): Promise<void> {
  const handle = await openFile(file, IN_PLACE);
  try {
    await writeFile(handle, text);
  } finally {
    await handle.close();
  }
}

function writeInPlaceSync(file: string, text: string | Uint8Array): void {
  const descriptor = openFileSync(file, IN_PLACE);
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

/** A user and a group of the system. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface Target {
  readonly path: string;
  readonly owner?: Owner | undefined;
  /** The mode of the existing file, or of a new one. */
  readonly mode?: number;
}

async function writeAndRename({ path, mode }: Target, text: string | readonly Uint8Array[]): Promise<void> {
  const temporary = temporaryFileBeside(path);
  try {
    // Created with the mode of the old file, so that it is never readable by more users. `chmod` undoes the umask.
    await writeFile(temporary, text, { flag: "wx", ...(mode !== undefined && { mode }) });
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

function writeAndRenameSync({ path, mode, owner }: Target, text: string | Uint8Array): void {
  const temporary = temporaryFileBeside(path);
  try {
    writeFileSync(temporary, text, { flag: "wx", ...(mode !== undefined && { mode }) });
    if (mode !== undefined) chmodSync(temporary, mode);
    if (owner !== undefined) tryChown(temporary, owner);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function tryChown(file: string, { uid, gid }: Owner): void {
  try {
    // The user of the folder may have replaced the file by a link.
    lchownSync(file, uid, gid);
  } catch {
    // Only the superuser may.
  }
}

// The file to be replaced by the rename, with links resolved; `undefined` if it is not a regular file.
async function replaceable(file: string): Promise<Target | undefined> {
  const stats = await stat(file).catch(absentAsUndefined);
  if (stats === undefined) return { path: file };
  if (stats.isDirectory()) throw folderError();
  return stats.isFile() ? { path: await realpath(file), mode: stats.mode & 0o777 } : undefined;
}

function absentAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function folderError(): Error {
  return Object.assign(new Error("is a folder"), { code: "EISDIR" });
}
