// The folders beneath the configured one: each has one owner, who alone writes in it.
//
//   <directory>/
//     3f2a…/            a process' own, by a random name
//       owner           the socket that tells that it lives
//       cursor          how far it is delivered
//       0000000001.segment
//       91c0…/          one that was taken over: it lies in its new owner's, and goes with it should that die too
//     .new-…/           one that is being made
//     unreadable/       segments of another version
import { errorCode } from "../../diagnostics/error-message.ts";
import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync, constants } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder, makeFolderSync } from "../files/open-file.ts";
import { FILE_MODE, FOLDER_MODE, type FileCalls, syncFolder, readFully } from "./file-calls.ts";
import { type OwnerLock, holdLock, isHeld, lockPath } from "./owner-lock.ts";
import type { StoredRecord } from "./record-queue.ts";
import { isSegmentName, segmentPath } from "./segment.ts";
import { syncFolderSync, writeSegmentSync } from "./segment-writer.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { crc32 } from "node:zlib";

export interface OwnFolder {
  readonly folder: string;
  readonly lock: OwnerLock;
}

const ID = /^[0-9a-f]{16}$/;
const MAKING = /^\.new-([0-9a-f]{16})$/;
const ABANDONED_AFTER_MILLIS = 600_000;

/** Makes a folder of its own for the caller. It has its name only once it is locked, so nobody takes it for an orphan. */
export async function makeOwnFolder(calls: FileCalls, directory: string, sync: boolean): Promise<OwnFolder> {
  const firstMade = await makeFolder(calls, directory, FOLDER_MODE);
  const id = newId();
  const making = join(directory, `.new-${id}`);
  const folder = join(directory, id);
  await calls.mkdir(making, { mode: FOLDER_MODE });
  try {
    await writeCursor(calls, making, 0);
    const lock = await holdLock(making, id);
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
 * Takes over the folders whose owner is gone, into `own`; returns where they are now. Of several who try, one gets each:
 * moving it is one step, and from then on it is the new owner's lock that counts.
 */
export async function adoptOrphans(calls: FileCalls, directory: string, own: string): Promise<string[]> {
  const adopted: string[] = [];
  for (const name of await calls.readdir(directory)) {
    if (name === basename(own)) continue;
    try {
      if (ID.test(name)) adopted.push(...(await adoptOne(calls, join(directory, name), own)));
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
  if (await isHeld(orphan, id)) return [];
  const folder = join(own, id);
  await calls.rename(orphan, folder);
  return [...(await moveUp(calls, folder, own)), folder];
}

/** What an orphan had taken over itself moves up, so that the depth stays two however often owners die. */
async function moveUp(calls: FileCalls, folder: string, own: string): Promise<string[]> {
  const moved: string[] = [];
  for (const name of (await calls.readdir(folder)).filter((each) => ID.test(each))) {
    const target = join(own, name);
    await calls.rename(join(folder, name), target);
    moved.push(...(await moveUp(calls, target, own)), target);
  }
  return moved;
}

export async function countOthers(calls: FileCalls, directory: string, own: string): Promise<number> {
  let count = 0;
  for (const name of await calls.readdir(directory)) {
    if (ID.test(name) && name !== basename(own) && (await isHeld(join(directory, name), name))) count++;
  }
  return count;
}

/** Deletes a folder in which nothing waits any more. What is in it beside our files stays, and the folder with it. */
export async function removeFolder(calls: FileCalls, folder: string): Promise<void> {
  const ignore = (): void => {};
  const names = await calls.readdir(folder).catch(() => []);
  for (const name of names.filter(isSegmentName)) await calls.unlink(join(folder, name)).catch(ignore);
  // The cursor after all that it speaks of.
  await calls.unlink(cursorPath(folder)).catch(ignore);
  await calls.unlink(lockPath(folder)).catch(ignore);
  await calls.rmdir(folder).catch(ignore);
}

/** Leaves records behind in a folder without owner, for the next process; blocks until they are there. */
export function leaveBehindSync(directory: string, records: readonly StoredRecord[], sync: boolean): void {
  makeFolderSync(directory, FOLDER_MODE);
  const id = newId();
  const making = join(directory, `.new-${id}`);
  mkdirSync(making, { mode: FOLDER_MODE });
  writeFileSync(cursorPath(making), cursorBytes(0), { mode: FILE_MODE });
  writeSegmentSync(segmentPath(making, 1), records, { folder: making, sync });
  renameSync(making, join(directory, id));
  if (sync) syncFolderSync(directory);
}

/** What died while it made its folder left one without records. */
async function removeAbandoned(calls: FileCalls, directory: string, name: string): Promise<void> {
  const id = MAKING.exec(name)?.[1];
  if (id === undefined) return;
  const folder = join(directory, name);
  const { mtimeMs } = await calls.stat(folder);
  if (Date.now() - mtimeMs < ABANDONED_AFTER_MILLIS || (await isHeld(folder, id))) return;
  await removeFolder(calls, folder);
}

/** The folder's entry, and those of all folders that were made for it. */
async function syncParents(calls: FileCalls, folder: string, firstMade: string): Promise<void> {
  const top = dirname(firstMade);
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    await syncFolder(calls, parent);
    if (parent === top || parent === dirname(parent)) return;
  }
}

function newId(): string {
  return randomBytes(8).toString("hex");
}

// By the numbers of Linux' `statfs(2)`.
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x00006969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x0000517b, "SMB"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
]);

/** Warns if the directory lies on a file system that other machines may share. */
export async function warnOfNetwork(directory: string): Promise<void> {
  if (process.platform !== "linux") return;
  const { type } = await statfs(directory);
  const name = NETWORK_FILE_SYSTEMS.get(type >>> 0);
  if (name === undefined) return;
  warnOnceAMinute(
    `outbox "${directory}": lies on a network file system (${name}); give each machine a directory of its own, ` +
      "since one that several share is taken over while its owners live",
  );
}

// How far a folder is delivered:
//
//   0  u32  CRC-32 of the 8 bytes that follow
//   4  f64  sequence number of the last record that was removed
//
// It is overwritten in place by one write, which the end of the process cannot tear, and which a full disk does not
// hinder. If it is unreadable after a loss of power, records are delivered once more.
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

/** The last removed record's number; 0 if none was removed, or if that is unknown. */
export async function readCursor(calls: FileCalls, folder: string): Promise<number> {
  try {
    const handle = await calls.open(cursorPath(folder), constants.O_RDONLY);
    const bytes = await readFully(handle, 0, CURSOR_BYTES);
    await handle.close();
    if (bytes.length < CURSOR_BYTES || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return 0;
    const sequence = bytes.readDoubleLE(4);
    return Number.isSafeInteger(sequence) ? sequence : 0;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** Notes that all records up to `sequence` were removed. */
export async function writeCursor(calls: FileCalls, folder: string, sequence: number): Promise<void> {
  const handle = await calls.open(cursorPath(folder), constants.O_WRONLY | constants.O_CREAT, FILE_MODE);
  try {
    await handle.write(cursorBytes(sequence), 0, CURSOR_BYTES, 0);
  } finally {
    await handle.close();
  }
}
