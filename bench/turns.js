// Time for which the event loop is blocked.
import { performance } from "node:perf_hooks";

/**
 * Watches the turns of the event loop and calls `each` in each. Returns a function that returns the longest time
 * between two turns.
 */
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
