// The folders of members: `<group>/<boot id>/`. The boot id is random, and new for each start of a process.
import { isRandomId } from "../../io/random-id.ts";
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { FOLDER_MODE } from "../../io/files/open-file.ts";
import { holdLock, isHeld, type OwnerLock } from "../../io/owner-lock.ts";
import { errorCode } from "../../diagnostics/error-message.ts";
import { readHead } from "./state-reader.ts";
import { reasonAgainstFolder } from "../../io/files/runtime-directory.ts";
import { isStateFile } from "./state-files.ts";
import { type StatePosition, StateWriter } from "./state-writer.ts";

const MAKING = /^\.new-([0-9a-f]{16})$/;
const TEMPORARY = /^\.tachymeter-[0-9a-f]{16}\.tmp$/;
const ABANDONED_AFTER_MILLIS = 600_000;

/** Name of a member's lock on Windows. */
export function pipeOf(id: string): string {
  return `group-${id}`;
}

/** The own folder of a process. */
export interface OwnFolder {
  readonly lock: OwnerLock;
  readonly writer: StateWriter;
}

/**
 * Makes the folder of a process. It gets its name only once it is locked, so that it is not taken for one of the dead.
 *
 * @param last the end of the writer of a folder of the same name that was removed.
 * @throws the system's error.
 */
export function makeOwnFolder(
  group: string,
  id: string,
  onConnection: (socket: Socket) => void,
  last?: StatePosition,
): OwnFolder {
  const making = join(group, `.new-${id}`);
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: FOLDER_MODE });
  let lock: OwnerLock | undefined;
  try {
    lock = holdLock(making, pipeOf(id), onConnection);
    const writer = new StateWriter(making, last);
    renameSync(making, join(group, id));
    writer.movedTo(join(group, id));
    return { lock, writer };
  } catch (error) {
    void lock?.release();
    rmSync(making, { recursive: true, force: true });
    throw error;
  }
}

/** Boot ids of all members, dead ones included; empty if the group's folder does not exist. */
export function memberIds(group: string): readonly string[] {
  return namesIn(group).filter(isRandomId);
}

/** Reason why a member's folder is not read: it is not a folder of this user. */
export function reasonAgainstMember(group: string, id: string): string | undefined {
  return reasonAgainstFolder(join(group, id), process.getuid?.());
}

/** Whether a member's process has certainly ended, decided at once by its process id; `false` if it has no state. */
export function hasEnded(group: string, id: string): boolean {
  try {
    const head = readHead(join(group, id));
    if (head !== undefined) process.kill(head.pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === "ESRCH";
  }
}

/** Removes the folder of a dead member. Files that are not ours stay, and the folder with them. Never throws. */
export function removeMember(group: string, id: string): void {
  const folder = join(group, id);
  try {
    // A link is removed, but not what it points to.
    if (lstatSync(folder).isSymbolicLink()) return rmSync(folder);
    for (const name of readdirSync(folder))
      if (isStateFile(name)) rmSync(join(folder, name), { force: true });
    rmdirSync(folder);
  } catch {
    // It is tried again by the next aggregator.
  }
}

/** Removes what processes left behind that ended while they made their folder, or a file. Never throws. */
export async function removeAbandoned(group: string, nowMillis: number = Date.now()): Promise<void> {
  for (const name of namesIn(group)) {
    const id = MAKING.exec(name)?.[1];
    if (id === undefined && !TEMPORARY.test(name)) continue;
    try {
      const path = join(group, name);
      if (nowMillis - lstatSync(path).mtimeMs < ABANDONED_AFTER_MILLIS) continue;
      if (id === undefined) rmSync(path);
      else if (!(await isHeld(path, pipeOf(id)))) removeMember(group, name);
    } catch {
      // Removed meanwhile.
    }
  }
}

/** Names in a folder; empty if it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
