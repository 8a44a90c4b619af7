// The store of a history, for the parts of the product. Its code is not loaded.
import type { HistoryStore } from "./history-store.ts";

/** Key of the store that a history of the public API has. */
export const STORE: unique symbol = Symbol.for("tachymeter.historyStore");

/** An object that has a store. */
export interface HasStore {
  readonly [STORE]: HistoryStore;
}

export function storeOf(history: HasStore): HistoryStore {
  return history[STORE];
}

/** Whether an object of the public API is a history on this machine. */
export function hasStore(history: object): history is HasStore {
  return STORE in history;
}
