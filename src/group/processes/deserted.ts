// Private groups whose processes were all killed. They are kept for a while, since their figures can still be read.
import { isRandomId } from "../../io/random-id.ts";
import { rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isHeld } from "../../io/owner-lock.ts";
import { memberIds, namesIn, pipeOf } from "./member-folders.ts";
import { groupFolderIn } from "./place.ts";
import { headPath } from "./state-files.ts";

const KEPT_MILLIS = 3_600_000;

/** Removes private groups in which no process lives, an hour after their last state. Never rejects. */
export async function removeDeserted(runtime: string, nowMillis: number = Date.now()): Promise<void> {
  for (const directory of namesIn(runtime).filter(isRandomId)) {
    for (const service of namesIn(join(runtime, directory))) {
      const folder = groupFolderIn(join(runtime, directory), { service });
      try {
        if (nowMillis - lastMillis(folder) < KEPT_MILLIS || (await hasLiving(folder))) continue;
        rmSync(folder, { recursive: true, force: true });
        rmdirSync(join(runtime, directory, service));
        rmdirSync(join(runtime, directory));
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
