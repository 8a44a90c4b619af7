// How long the event loop is held.
import { performance } from "node:perf_hooks";

/** Watches the turns of the event loop until it is asked for the longest time between two, and calls `each` in each. */
export function watchTurns(each = () => {}) {
  let isOver = false;
  let longest = 0;
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    each();
    last = performance.now();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () =>
    new Promise((resolve) => {
      isOver = true;
      setImmediate(() => resolve(longest));
    });
}
