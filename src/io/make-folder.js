// Making folders one level at a time. A recursive `mkdir` of Node.js 20 never returns for a path beneath `/proc`.
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isAbsent } from "./open-file.js";
/** Makes a folder with its parents; resolves to the topmost one that was made. Rejects with the system's error. */
export async function makeFolder(calls, path, mode) {
  const missing = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const stats = await calls.stat(folder).catch((error) => {
      if (!isAbsent(error) || folder === dirname(folder)) throw error;
    });
    if (stats === undefined) missing.push(folder);
    else {
      assertFolder(folder, stats);
      break;
    }
  }
  for (const folder of missing.toReversed()) {
    await calls.mkdir(folder, { mode }).catch(async (error) => {
      // Another process was faster, or a link leads nowhere.
      if (codeOf(error) !== "EEXIST") throw error;
      assertFolder(folder, await calls.stat(folder));
    });
  }
  return missing.at(-1);
}
/** The same before it returns. */
export function makeFolderSync(path, mode) {
  const missing = [];
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
      if (codeOf(error) !== "EEXIST") throw error;
      assertFolder(folder, statSync(folder));
    }
  }
}
function assertFolder(path, stats) {
  if (stats.isDirectory()) return;
  throw Object.assign(new Error(`"${path}" must be a folder, got something else`), { code: "ENOTDIR" });
}
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
