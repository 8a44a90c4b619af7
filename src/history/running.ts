// The history of the running Tachymeter, for those who may not know the start.
import type { Events } from "../events/events.ts";
import type { EventStore } from "./events/store.ts";
import type { LocalHistory } from "./bridge/local-backend.ts";

/** What a running Tachymeter keeps, and where. */
export interface RunningHistory {
  readonly history: LocalHistory;
  /** Its bus of events, which `eventStore` keeps. */
  readonly events: Events;
  readonly eventStore: EventStore;
  /** Between two collections. */
  readonly intervalMillis: number;
}

let current: RunningHistory | undefined;

/** The history of the running Tachymeter, if it has one. */
export function runningHistory(): RunningHistory | undefined {
  return current;
}

/** For the start alone. Returns the removal. */
export function setRunningHistory(running: RunningHistory): () => void {
  current = running;
  return () => {
    if (current === running) current = undefined;
  };
}
