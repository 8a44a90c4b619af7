// Long work in slices, between which the event loop goes on.
import { nextTurn } from "./real-timers.ts";

// After so long the application has its turn.
const SLICE_MILLIS = 0.5;

/** Does all steps, and gives back their result. Every slice has a turn of the event loop to itself. */
export async function inSlices<Result>(steps: Iterator<unknown, Result>): Promise<Result> {
  for (;;) {
    // What came before, a collection, has had its share too.
    await nextTurn();
    const end = performance.now() + SLICE_MILLIS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
  }
}
