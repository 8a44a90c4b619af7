// The exemplars that a process has for the aggregator: file `exemplars` in its folder, which the aggregator removes.
import { readTextSync } from "../../io/files/open-file.ts";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFileSync } from "../../io/files/replace.ts";
import { FILE_MODE } from "./state-files.ts";

const FILE = "exemplars";

/** @throws FileError if they cannot be written. */
export function writeExemplars(folder: string, text: string): void {
  replaceFileSync(join(folder, FILE), text, FILE_MODE);
}

/** Reads and removes the exemplars of a process; `undefined` without new ones. */
export function takeExemplars(folder: string): string | undefined {
  const path = join(folder, FILE);
  try {
    const text = readTextSync(path);
    rmSync(path);
    return text;
  } catch {
    return undefined;
  }
}
