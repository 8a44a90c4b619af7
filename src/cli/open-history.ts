// The history that a word is asked about.
import { statSync } from "node:fs";
import type { HistorySource } from "../history/index.ts";
import { UsageError } from "./usage-error.ts";

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
 * Opens a history to be read, which others may be writing meanwhile: a file, or what is behind a URL.
 *
 * @throws UsageError where there is no such file, or the URL is none.
 */
export async function openHistory(store: string): Promise<HistorySource> {
  // Loaded when it is needed: the tool says what it can do without.
  const { History, RemoteHistory } = await import("../history/index.ts");
  if (/^https?:/i.test(store)) {
    // It may hold a password.
    if (!URL.canParse(store))
      throw new UsageError("store: the URL is not valid; give one such as http://127.0.0.1:9090");
    return new RemoteHistory({ url: store });
  }
  if (statSync(store, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`store "${store}": there is no such file; give the file of a history, or a URL`);
  }
  return History.open({ path: store, readOnly: true });
}
