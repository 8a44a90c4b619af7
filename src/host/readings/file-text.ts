// Small files that the kernel makes as they are read.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

// Such a file is read in 20 µs at once, in 90 µs by way of the thread pool. But on a machine with hundreds of
// processors the kernel may need long to make it: then the event loop does not wait for it.
const SLOW_MILLIS = 0.25;
const SLOW_READINGS = 3;

// How often in a row the file was slow. Only paths of this folder come here, so there are few.
const slowReadings = new Map<string, number>();

/** The text of a small file; `undefined` where it cannot be read. */
export async function fileText(path: string): Promise<string | undefined> {
  const slow = slowReadings.get(path) ?? 0;
  try {
    if (slow >= SLOW_READINGS) return await readFile(path, "utf8");
    const startedMillis = performance.now();
    const text = readFileSync(path, "utf8");
    const isSlow = performance.now() - startedMillis > SLOW_MILLIS;
    if (isSlow) slowReadings.set(path, slow + 1);
    else if (slow > 0) slowReadings.delete(path);
    return text;
  } catch {
    return undefined;
  }
}

/** The words of a line, between blanks and tabs. */
export function wordsOf(line: string): string[] {
  return line.trim().split(/[ \t]+/);
}
