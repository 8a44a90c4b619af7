// Marks child processes and threads that Tachymeter itself starts, so that they are not measured as the application's.
import { AsyncLocalStorage } from "node:async_hooks";

const ours = new AsyncLocalStorage<true>();

/**
 * Calls a function whose child processes are Tachymeter's own: instrumentations ignore them, even if they start later.
 * Before Node.js 24 this slows down every promise of the process a little, so use it only on platforms that need it.
 */
export function asOurs<T>(call: () => T): T {
  return ours.run(true, call);
}

let isProcessOurs = false;

/** Starts a child process of Tachymeter's own. Unlike `asOurs`, this costs nothing. */
export function ownProcess<Child>(start: () => Child): Child {
  isProcessOurs = true;
  try {
    return start();
  } finally {
    isProcessOurs = false;
  }
}

/** Whether the current call runs inside `asOurs` or `ownProcess`. */
export function isOurs(): boolean {
  return isProcessOurs || ours.getStore() === true;
}

let isThreadOurs = false;

/** Makes a worker thread of Tachymeter's own. */
export function ownThread<Thread>(make: () => Thread): Thread {
  isThreadOurs = true;
  try {
    return make();
  } finally {
    isThreadOurs = false;
  }
}

/** Whether the thread that is being made is Tachymeter's own. */
export function isOwnThread(): boolean {
  return isThreadOurs;
}
