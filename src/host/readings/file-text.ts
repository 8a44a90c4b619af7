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

const SELDOM_MILLIS = 30_000;

const remembered = new Map<string, { readonly text: string | undefined; readonly readMillis: number }>();

/** The same of a file that hardly ever changes: its text of at most half a minute ago. */
export async function seldomText(path: string): Promise<string | undefined> {
  const known = remembered.get(path);
  const nowMillis = performance.now();
  if (known !== undefined && nowMillis - known.readMillis < SELDOM_MILLIS) return known.text;
  const text = await fileText(path);
  remembered.set(path, { text, readMillis: nowMillis });
  return text;
}

/** The whole number behind `label`, which begins a line; `undefined` where there is none. */
export function numberAfter(label: string, text: string): number | undefined {
  const at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`) + 1;
  if (!text.startsWith(label, at)) return undefined;
  const from = at + label.length;
  const number = Number.parseInt(text.slice(from, from + MAX_NUMBER_LENGTH), 10);
  return Number.isNaN(number) ? undefined : number;
}

// With the blanks before it.
const MAX_NUMBER_LENGTH = 32;

/** The words of a line, between blanks and tabs. */
export function wordsOf(line: string): string[] {
  return line.trim().split(/[ \t]+/);
}
