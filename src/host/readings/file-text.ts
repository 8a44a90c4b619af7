import { readdir, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { diag } from "@opentelemetry/api";
import { errorCode } from "../../diagnostics/error-message.ts";

// A synchronous read takes 20 µs, one by the thread pool 90 µs. With hundreds of CPUs the kernel may take long to
// generate a file; then the pool reads it.
const SLOW_MILLIS = 0.25;
const SLOW_READINGS = 3;

// Number of consecutive slow reads by path.
const slowReadings = new Map<string, number>();

/**
 * The names in a folder. Not by `node:fs/promises`: without permission, those of Node.js before 22.20 and 24.6 also throw an error
 * that cannot be caught.
 */
export const namesIn: (folder: string) => Promise<readonly string[]> = promisify(readdir);

/** Returns the text of a small file of the kernel; `undefined` if it cannot be read. */
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
  } catch (error) {
    return refused(path, error);
  }
}

/** Returns the text of a file that the kernel takes long to generate; `undefined` if it cannot be read. */
export async function slowText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    return refused(path, error);
  }
}

const REFUSALS: ReadonlySet<string | undefined> = new Set(["ERR_ACCESS_DENIED", "EACCES", "EPERM"]);
const MAX_REFUSED = 200;

// Paths that the process may not read, with whether that was logged.
const refusedPaths = new Map<string, boolean>();

/** Notes that `path` cannot be read, if that is because the process may not. */
export function refused(path: string, error: unknown): undefined {
  const isNew = REFUSALS.has(errorCode(error)) && !refusedPaths.has(path);
  if (isNew && refusedPaths.size < MAX_REFUSED) refusedPaths.set(path, false);
}

/** Logs the paths that could not be read since the last call. */
export function logRefusals(): void {
  const paths = [...refusedPaths].flatMap(([path, isLogged]) => (isLogged ? [] : path));
  if (paths.length === 0) return;
  for (const path of paths) refusedPaths.set(path, true);
  diag.warn(
    `host metrics: the process may not read ${paths.join(", ")}, so figures from there are missing; allow it, or set option host to false`,
  );
}

const SELDOM_MILLIS = 30_000;

/** Returns a function whose result is at most half a minute old, for readings that take long. `read` never rejects. */
export function seldom<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  let readMillis = 0;
  return () => {
    const nowMillis = performance.now();
    if (known === undefined || nowMillis - readMillis >= SELDOM_MILLIS) {
      known = read();
      readMillis = nowMillis;
    }
    return known;
  };
}

const seldomRead = new Map<string, () => Promise<string | undefined>>();

/** Returns the text of a file that rarely changes, at most half a minute old. */
export function seldomText(path: string): Promise<string | undefined> {
  const read = seldomRead.get(path) ?? seldom(() => fileText(path));
  seldomRead.set(path, read);
  return read();
}

/** Returns the whole number after `label` at the start of a line; `undefined` if it is missing. */
export function numberAfter(label: string, text: string): number | undefined {
  const at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`) + 1;
  if (!text.startsWith(label, at)) return undefined;
  const from = at + label.length;
  const number = Number.parseInt(text.slice(from, from + MAX_NUMBER_LENGTH), 10);
  return Number.isNaN(number) ? undefined : number;
}

// Includes leading blanks.
const MAX_NUMBER_LENGTH = 32;

/** Returns the words of a line, separated by blanks and tabs. */
export function wordsOf(line: string): string[] {
  return line.trim().split(/[ \t]+/);
}
