// Child processes that Tachymeter itself starts: they are none of the application's.
import { AsyncLocalStorage } from "node:async_hooks";

const ours = new AsyncLocalStorage<true>();

/**
 * Calls what may start child processes that are Tachymeter's own: no instrumentation records them, whenever they are started.
 * Before Node.js 24 this slows every promise of the process down a little: for platforms that need it.
 */
export function asOurs<T>(call: () => T): T {
  return ours.run(true, call);
}

/** Whether the caller was called by what `asOurs` called. */
export function isOurs(): boolean {
  return ours.getStore() === true;
}
