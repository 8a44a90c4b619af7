// Profiles as files for other tools, in a bounded folder.
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolderSync } from "../io/files/open-file.ts";
import { replaceFileSync } from "../io/files/replace.ts";

// Ours alone: others in the folder are left alone.
const NAME = /^tachymeter-[\dTZ.-]+-\d+\.cpuprofile$/;
const MAX_FILES = 1_000;
const MAX_AGE_MILLIS = 7 * 86_400_000;

/**
 * Writes a profile in the format of Chrome, VS Code and speedscope. Then removes files older than a week, and the oldest
 * until the folder has at most `maxBytes` and 1,000 files. A profile that is larger alone is not written.
 *
 * @throws FileError if the file cannot be written, or the system's error of the folder.
 */
export function keepProfile(
  folder: string,
  profile: object,
  { unixMillis, maxBytes }: { readonly unixMillis: number; readonly maxBytes: number },
): void {
  const text = JSON.stringify(profile);
  if (text.length > maxBytes) return;
  makeFolderSync(folder, 0o700);
  const time = new Date(unixMillis).toISOString().replaceAll(":", "-");
  replaceFileSync(join(folder, `tachymeter-${time}-${process.pid}.cpuprofile`), text, 0o600);
  removeOldest(folder, unixMillis - MAX_AGE_MILLIS, maxBytes);
}

function removeOldest(folder: string, fromMillis: number, maxBytes: number): void {
  // Names sort by time.
  const names = readdirSync(folder).filter((name) => NAME.test(name));
  let bytes = 0;
  for (const [index, name] of names.toSorted().toReversed().entries()) {
    const path = join(folder, name);
    // Another process may have removed it.
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    bytes += stats.size;
    if (index >= MAX_FILES || bytes > maxBytes || stats.mtimeMs < fromMillis) rmSync(path, { force: true });
  }
}
