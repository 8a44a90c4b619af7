// The history that a word is asked about.
import { statSync } from "node:fs";
import type { HistorySource } from "../history/index.ts";
import { logLine, shortPath } from "../diagnostics/foreign-text.ts";
import { nearestNames } from "../diagnostics/nearest-names.ts";
import { UsageError } from "./arguments.ts";

/**
 * The path or URL among a word's arguments.
 *
 * @throws UsageError where there is none, or more than one.
 */
export function storeFrom(word: string, [store, ...others]: readonly string[]): string {
  if (store === undefined || store.trim() === "") {
    throw new UsageError(
      `${word}: no store is given; give the file of a history, such as tachymeter.db, or a URL`,
    );
  }
  if (others.length > 0) throw new UsageError(`${word}: ${others.length + 1} stores are given; give one`);
  return store;
}

/**
 * Asks a history that others may be writing meanwhile: a file, or what is behind a URL.
 *
 * @returns the exit code: 1 if rows of the store could not be read, which is reported.
 * @throws UsageError where there is no such file, or the URL is none.
 */
export async function askHistory(
  store: string,
  ask: (history: HistorySource) => Promise<void>,
): Promise<number> {
  const history = await openHistory(store);
  try {
    await ask(history);
    const { unreadable = 0 } = isUrl(store) ? {} : await history.usage();
    if (unreadable === 0) return 0;
    const rows = unreadable === 1 ? "1 row" : `${unreadable} rows`;
    const message = `store "${store}": ${rows} could not be read and ${unreadable === 1 ? "was" : "were"} left out; restore a copy of it, or begin a new one`;
    process.stderr.write(`${logLine(`tachymeter: ${message}`)}\n`);
    return 1;
  } finally {
    await history.close();
  }
}

async function openHistory(store: string): Promise<HistorySource> {
  // Loaded when it is needed: the tool says what it can do without.
  const { History, RemoteHistory } = await import("../history/index.ts");
  if (isUrl(store)) {
    // It may hold a password.
    if (!URL.canParse(store))
      throw new UsageError("store: the URL is not valid; give one such as http://127.0.0.1:9090");
    return new RemoteHistory({ url: store });
  }
  if (!isFile(store)) {
    throw new UsageError(
      `store "${shortPath(store)}": there is no such file; give the file of a history, or a URL`,
    );
  }
  return History.open({ path: store, readOnly: true });
}

function isUrl(store: string): boolean {
  return /^https?:/i.test(store);
}

// A path that is too long, or leads through a file, names no file either.
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

const MAX_NEAREST = 3;

/**
 * What to say of a name that no metric of the history has, with the nearest that it has; nothing of one that it has.
 *
 * @param name OpenTelemetry's name of a metric, or Prometheus'.
 */
export async function complaintOfUnknown(history: HistorySource, name: string): Promise<string | undefined> {
  for await (const _ of history.series(name)) return undefined;
  const known = new Set<string>();
  for await (const metric of history.metrics()) known.add(metric.name);
  const nearest = nearestNames(name, [...known], MAX_NEAREST);
  const instead = nearest.length === 0 ? "" : `nearest are: ${nearest.join(", ")}; `;
  return `there is no metric "${name}"; ${instead}\`tachymeter query <store>\` lists all`;
}
