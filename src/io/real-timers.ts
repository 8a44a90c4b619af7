// Node's own timers, also while a test of the application's has faked the global ones: scrapes go on then.

/** Node's `setImmediate`, `setTimeout` and `clearTimeout`, as they were when this package was loaded. */
export const realSetImmediate: typeof setImmediate = setImmediate;
export const realSetTimeout: typeof setTimeout = setTimeout;
export const realClearTimeout: typeof clearTimeout = clearTimeout;

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void realSetImmediate(resolve));
}
