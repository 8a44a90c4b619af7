// Making folders one level at a time. A recursive `mkdir` of Node.js 20 never returns for a path beneath `/proc`.
import { errorCode } from "../diagnostics/error-message.ts";
import { mkdirSync, type Stats, statSync } from "node:fs";
import type { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isAbsent } from "./open-file.ts";

/** Calls that reach the disk. */
export interface FolderCalls {
  readonly mkdir: typeof mkdir;
  readonly stat: typeof stat;
}

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
