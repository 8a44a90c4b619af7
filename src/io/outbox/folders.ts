// The subfolders of the configured directory. Each has one owner, the only process that writes in it.
//
// ```
//   <directory>/
//     3f2a…/            a process' own folder, with a random name
//       owner           a socket: the lock of the owner
//       cursor          delivery progress
//       0000000001.segment
//       91c0…/          a folder that was taken over; it is taken over with its new owner's folder
//     .new-…/           a folder that is being made
//     unreadable/       segments of another version
// ```
import { isRandomId, randomId } from "../random-id.ts";
import { errorCode } from "../../diagnostics/error-message.ts";
import { mkdirSync, renameSync, writeFileSync, constants } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { networkFileSystem } from "../files/file-systems.ts";
import { FOLDER_MODE, makeFolder, makeFolderSync } from "../files/open-file.ts";
import { FILE_MODE, type FileCalls, syncFolder, readFully } from "./file-calls.ts";
import { type OwnerLock, holdLock, isHeld, lockPath } from "../owner-lock.ts";
import type { StoredRecord } from "./record-queue.ts";
import { isSegmentName, segmentPath } from "./segment.ts";
import { syncFolderSync, writeSegmentSync } from "./segment-writer.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { crc32 } from "node:zlib";

export interface OwnFolder {
  readonly folder: string;
  readonly lock: OwnerLock;
}

const MAKING = /^\.new-([0-9a-f]{16})$/;
const ABANDONED_AFTER_MILLIS = 600_000;

/** Makes a folder for the caller. It gets its name only once it is locked, so that it is not taken for an orphan. */
export async function makeOwnFolder(calls: FileCalls, directory: string, sync: boolean): Promise<OwnFolder> {
  const firstMade = await makeFolder(calls, directory);
  const id = randomId();
  const making = join(directory, `.new-${id}`);
  const folder = join(directory, id);
  await calls.mkdir(making, { mode: FOLDER_MODE });
  try {
    await writeCursor(calls, making, 0);
    const lock = holdLock(making, pipeOf(id));
    try {
      await calls.rename(making, folder);
      if (sync) await syncParents(calls, folder, firstMade ?? folder);
      return { folder, lock };
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    await removeFolder(calls, making);
    throw error;
  }
}

/**
 * Takes over the folders without a living owner, by moving them into `own`; returns their new paths. If several
 * processes try, only one succeeds for each folder: the move is atomic, and then the new owner's lock counts.
 */
export async function adoptOrphans(calls: FileCalls, directory: string, own: string): Promise<string[]> {
  const adopted: string[] = [];
  for (const name of await calls.readdir(directory)) {
    if (name === basename(own)) continue;
    try {
      if (isRandomId(name)) adopted.push(...(await adoptOne(calls, join(directory, name), own)));
      else await removeAbandoned(calls, directory, name);
    } catch (error) {
      if (errorCode(error) === "ENOENT") continue;
      warnOnceAMinute(`outbox "${directory}": folder ${name} cannot be taken over (${errorCode(error)})`);
    }
  }
  return adopted;
}

async function adoptOne(calls: FileCalls, orphan: string, own: string): Promise<string[]> {
  const id = basename(orphan);
  if (await isHeld(orphan, pipeOf(id))) return [];
  const folder = join(own, id);
  await calls.rename(orphan, folder);
  return [...(await moveUp(calls, folder, own)), folder];
}

/** Moves folders that an orphan had taken over up one level, so that the depth stays two. */
async function moveUp(calls: FileCalls, folder: string, own: string): Promise<string[]> {
  const moved: string[] = [];
  for (const name of (await calls.readdir(folder)).filter(isRandomId)) {
    const target = join(own, name);
    await calls.rename(join(folder, name), target);
    moved.push(...(await moveUp(calls, target, own)), target);
  }
  return moved;
}

export async function countOthers(calls: FileCalls, directory: string, own: string): Promise<number> {
  let count = 0;
  for (const name of await calls.readdir(directory)) {
    if (isRandomId(name) && name !== basename(own) && (await isHeld(join(directory, name), pipeOf(name))))
      count++;
  }
  return count;
}

/** Deletes a folder without waiting records. If it contains other files than ours, they and the folder stay. */
export async function removeFolder(calls: FileCalls, folder: string): Promise<void> {
  const ignore = (): void => {};
  const names = await calls.readdir(folder).catch(() => []);
  for (const name of names.filter(isSegmentName)) await calls.unlink(join(folder, name)).catch(ignore);
  // The cursor after the segments to which it refers.
  await calls.unlink(cursorPath(folder)).catch(ignore);
  await calls.unlink(lockPath(folder)).catch(ignore);
  await calls.rmdir(folder).catch(ignore);
}

/** Writes records synchronously to a new folder without owner, for the next process. */
export function leaveBehindSync(directory: string, records: readonly StoredRecord[], sync: boolean): void {
  makeFolderSync(directory, FOLDER_MODE);
  const id = randomId();
  const making = join(directory, `.new-${id}`);
  mkdirSync(making, { mode: FOLDER_MODE });
  writeFileSync(cursorPath(making), cursorBytes(0), { mode: FILE_MODE });
  writeSegmentSync(segmentPath(making, 1), records, { folder: making, sync });
  renameSync(making, join(directory, id));
  if (sync) syncFolderSync(directory);
}

/** Removes the folder of a process that ended while making it; such a folder has no records. */
async function removeAbandoned(calls: FileCalls, directory: string, name: string): Promise<void> {
  const id = MAKING.exec(name)?.[1];
  if (id === undefined) return;
  const folder = join(directory, name);
  const { mtimeMs } = await calls.stat(folder);
  if (Date.now() - mtimeMs < ABANDONED_AFTER_MILLIS || (await isHeld(folder, pipeOf(id)))) return;
  await removeFolder(calls, folder);
}

/** Flushes the folder's entry to disk, and those of all folders made for it. */
async function syncParents(calls: FileCalls, folder: string, firstMade: string): Promise<void> {
  const top = dirname(firstMade);
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    await syncFolder(calls, parent);
    if (parent === top || parent === dirname(parent)) return;
  }
}

function pipeOf(id: string): string {
  return `outbox-${id}`;
}

/** Warns if the directory is on a file system that other machines may share. */
export async function warnOfNetwork(directory: string): Promise<void> {
  if (process.platform !== "linux") return;
  const { type } = await statfs(directory);
  const name = networkFileSystem(type);
  if (name === undefined) return;
  warnOnceAMinute(
    `outbox "${directory}": is on a network file system (${name}); ` +
      "use a separate directory for each machine, since machines cannot share one",
  );
}

// Format of the cursor (the delivery progress of a folder).
//
// ```
//   0  u32  CRC-32 of the following 8 bytes
//   4  f64  sequence number of the last removed record
// ```
//
// The cursor is overwritten in place by a single write. This works on a full disk, and the end of the process does not
// tear it. If it is unreadable after a loss of power, records are delivered once more.
const CURSOR_BYTES = 12;

function cursorPath(folder: string): string {
  return join(folder, "cursor");
}

export function cursorBytes(sequence: number): Uint8Array {
  const bytes = Buffer.alloc(CURSOR_BYTES);
  bytes.writeDoubleLE(sequence, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Sequence number of the last removed record; 0 if no record was removed, or if the cursor is unreadable. */
export async function readCursor(calls: FileCalls, folder: string): Promise<number> {
  try {
    const handle = await calls.open(cursorPath(folder), constants.O_RDONLY);
    let bytes: Buffer;
    try {
      bytes = await readFully(handle, 0, CURSOR_BYTES);
    } finally {
      await handle.close();
    }
    if (bytes.length < CURSOR_BYTES || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return 0;
    const sequence = bytes.readDoubleLE(4);
    return Number.isSafeInteger(sequence) ? sequence : 0;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** Stores that all records up to `sequence` were removed. */
export async function writeCursor(calls: FileCalls, folder: string, sequence: number): Promise<void> {
  const handle = await calls.open(cursorPath(folder), constants.O_WRONLY | constants.O_CREAT, FILE_MODE);
  try {
    await handle.write(cursorBytes(sequence), 0, CURSOR_BYTES, 0);
  } finally {
    await handle.close();
  }
}
