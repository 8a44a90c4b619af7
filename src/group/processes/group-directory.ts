// The directory of a group's folder.
import { join } from "node:path";
import { findRuntimeDirectory, reasonAgainstDirectory } from "../../io/files/runtime-directory.ts";
import type { Place } from "./place.ts";

/** Finds the directory of a group's folder, or the reason against each one. Creates nothing. */
export function directoryFor({ directory, name }: Place): { directory: string } | { reason: string } {
  if (directory !== undefined) {
    const reason = reasonAgainstDirectory(directory);
    return reason === undefined ? { directory } : { reason: `"${directory}": ${reason}` };
  }
  const runtime = findRuntimeDirectory();
  if (runtime.directory !== undefined) return { directory: join(runtime.directory, name) };
  return { reason: runtime.refusals.map((each) => `"${each.directory}": ${each.reason}`).join("; ") };
}
