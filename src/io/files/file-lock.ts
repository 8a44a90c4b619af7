// A lock for short synchronous changes of a file by several processes: a file beside it, which only one of them can create.
import { closeSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { errorCode } from "../../diagnostics/error-message.ts";
import { pause } from "../pause.ts";
import { temporaryFileBeside } from "./replace.ts";

const MAX_WAIT_MILLIS = 500;
const PAUSE_MILLIS = 2;
// A killed process leaves its lock.
const ABANDONED_AFTER_MILLIS = 2_000;

/**
 * Runs a change of a file while no other process changes it by this function. Blocks the thread for at most 500 ms.
 *
 * @throws Error if another process holds the lock for longer, or the folder is not writable.
 */
export function withFileLock<Result>(file: string, change: () => Result): Result {
  const lock = `${file}.lock`;
  const end = performance.now() + MAX_WAIT_MILLIS;
  while (!isCreated(lock)) {
    if (isAbandoned(lock)) removeAbandoned(lock);
    else if (performance.now() > end) throw new Error("another process is changing it");
    else pause(PAUSE_MILLIS);
  }
  try {
    return change();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isCreated(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function isAbandoned(lock: string): boolean {
  const stats = statSync(lock, { throwIfNoEntry: false });
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) > ABANDONED_AFTER_MILLIS;
}

function removeAbandoned(lock: string): void {
  const moved = temporaryFileBeside(lock);
  try {
    renameSync(lock, moved);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  // Another process may have removed it before, and hold a new one.
  if (isAbandoned(moved)) rmSync(moved, { force: true });
  else renameSync(moved, lock);
}
