// The child processes that this process starts: one of them may make the group's folder.
import { processEvents } from "../../io/process-events.ts";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

const CHANNEL = "child_process";

/**
 * Calls `look` at each interval once this process has started a child, since the parent is not notified if a child joins.
 * Then calls `end` when this process exits. Costs nothing before. Keeps no process alive.
 *
 * @returns the function that ends it.
 */
export function watchChildren(intervalMillis: number, look: () => void, end: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onStart = (): void => {
    if (timer !== undefined) return;
    timer = setInterval(look, intervalMillis).unref();
    processEvents.on("exit", end);
  };
  subscribe(CHANNEL, onStart);
  return () => {
    unsubscribe(CHANNEL, onStart);
    clearInterval(timer);
    processEvents.off("exit", end);
  };
}
