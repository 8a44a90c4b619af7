// The end of private groups. Named ones stay: their next processes continue the figures.
import { isRandomId } from "../../io/random-id.ts";
import { existsSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isHeld } from "../../io/owner-lock.ts";
import { hasEnded, memberIds, namesIn, pipeOf } from "./member-folders.ts";
import { groupFolderIn } from "./place.ts";
import { headPath } from "./state-files.ts";

const KEPT_MILLIS = 3_600_000;

/** Whether all other processes of a group have ended. Looks at their folders; `false` if there is no group. */
export function isAlone(folder: string, ownId: string): boolean {
  return existsSync(folder) && !memberIds(folder).some((id) => id !== ownId && !hasEnded(folder, id));
}

/** Removes a private group's folder if all its other processes have ended. For the end of a process, synchronous. */
export function removeIfAlone(folder: string, ownId: string): void {
  if (!isAlone(folder, ownId)) return;
  try {
    rmSync(folder, { recursive: true, force: true });
    removeFoldersOf(folder);
  } catch {
    // Groups of other services are in the same directory.
  }
}

/**
 * Removes private groups in which no process lives, an hour after their last state. Figures of killed processes can be read until
 * then. Never rejects.
 */
export async function removeDeserted(runtime: string, nowMillis: number = Date.now()): Promise<void> {
  for (const directory of namesIn(runtime).filter(isRandomId)) {
    for (const service of namesIn(join(runtime, directory))) {
      const folder = groupFolderIn(join(runtime, directory), { service });
      try {
        if (nowMillis - lastMillis(folder) < KEPT_MILLIS || (await hasLiving(folder))) continue;
        rmSync(folder, { recursive: true, force: true });
        removeFoldersOf(folder);
      } catch {
        // It is made, used or removed by another process.
      }
    }
  }
}

async function hasLiving(folder: string): Promise<boolean> {
  for (const id of memberIds(folder)) if (await isHeld(join(folder, id), pipeOf(id))) return true;
  return false;
}

/** Time of the last change in a group. */
function lastMillis(folder: string): number {
  const heads = memberIds(folder).map((id) => headPath(join(folder, id)));
  const times = [folder, ...heads].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.max(...times);
}

// Removes the empty folders of the service and of the group's directory.
function removeFoldersOf(folder: string): void {
  rmdirSync(dirname(folder));
  rmdirSync(dirname(dirname(folder)));
}
