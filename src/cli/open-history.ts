// Opens the history that a command reads.
import { statSync } from "node:fs";
import type { History, HistorySource, RemoteHistory } from "../history/index.ts";
import { logLine, shortPath } from "../diagnostics/foreign-text.ts";
import { nearestNames } from "../diagnostics/nearest-names.ts";
import { showUrl } from "../diagnostics/show.ts";
import { UsageError } from "./arguments.ts";
import { authorizationFor } from "./credentials.ts";

/**
 * The path or URL in the arguments of a command.
 *
 * @throws UsageError if it is missing, or if there are several
 */
export function storeFrom(word: string, [store, ...others]: readonly string[]): string {
  if (store === undefined || store.trim() === "") {
    throw new UsageError(`${word}: missing store; specify a history file, such as tachymeter.db, or a URL`);
  }
  if (others.length > 0) throw new UsageError(`${word}: expected one store, got ${others.length + 1}`);
  return store;
}

/**
 * Opens a history file or a remote history, runs `ask` and closes it. Other processes can write to it at the same time.
 *
 * @returns the exit code: 1 if rows of the store could not be read, which is reported
 * @throws UsageError if the file does not exist or the URL is invalid
 */
export async function askHistory(
  store: string,
  ask: (history: History | RemoteHistory) => Promise<void>,
): Promise<number> {
  const history = await openHistory(store);
  try {
    await ask(history);
    const { unreadable = 0 } = isUrl(store) ? {} : await history.usage();
    if (unreadable === 0) return 0;
    const rows = unreadable === 1 ? "1 row" : `${unreadable} rows`;
    const message = `store "${store}": ${rows} could not be read and ${unreadable === 1 ? "was" : "were"} left out; restore a backup or start a new store`;
    process.stderr.write(`${logLine(`tachymeter: ${message}`)}\n`);
    return 1;
  } finally {
    await history.close();
  }
}

/**
 * Opens a history file or a remote history.
 *
 * @throws UsageError if the file does not exist or the URL is invalid
 */
async function openHistory(store: string): Promise<History | RemoteHistory> {
  return isUrl(store) ? openServer(store) : openFile(store);
}

/**
 * Opens a remote history.
 *
 * @throws UsageError if the URL is invalid
 */
export async function openServer(url: string): Promise<RemoteHistory> {
  // The URL is not shown, because it may contain a password.
  if (!URL.canParse(url)) throw new UsageError("store must be a valid URL, such as http://127.0.0.1:9090");
  // Loaded on demand, so that the help works without it.
  const { RemoteHistory } = await import("../history/parts.ts");
  const base = baseOf(url);
  return new RemoteHistory({ url: base.href, headers: { ...authorizationFor(base) } });
}

/** The address before `/api/v1`, by that or by the address of the metrics. */
export function baseOf(url: string): URL {
  const base = new URL(url);
  base.pathname = base.pathname.replace(/\/metrics\/?$/, "/");
  return base;
}

/**
 * Opens a history file.
 *
 * @throws UsageError if the file does not exist
 */
export async function openFile(store: string): Promise<History> {
  if (!isFile(store)) {
    throw new UsageError(`store "${shortPath(store)}": file not found; specify a history file or a URL`);
  }
  const { History } = await import("../history/parts.ts");
  return History.open({ path: store, readOnly: true });
}

/** Whether a store is a remote server. */
export function isUrl(store: string): boolean {
  return /^https?:/i.test(store);
}

/** A store as it is shown: a URL without credentials, or a path. */
export function shownPlace(store: string): string {
  return isUrl(store) ? showUrl(store) : store;
}

// A path that is too long, or that leads through a file, is treated as not found.
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

const MAX_NEAREST = 3;

/**
 * An error message for an unknown metric, with similar names; `undefined` if the metric exists.
 *
 * @param name an OpenTelemetry or Prometheus name
 */
export async function complaintOfUnknown(history: HistorySource, name: string): Promise<string | undefined> {
  for await (const _ of history.series(name)) return undefined;
  const known = new Set<string>();
  for await (const metric of history.metrics()) known.add(metric.name);
  const nearest = nearestNames(name, [...known], MAX_NEAREST);
  const instead = nearest.length === 0 ? "" : `similar names: ${nearest.join(", ")}; `;
  return `metric "${name}" not found; ${instead}\`tachymeter query <store>\` lists all metrics`;
}
