import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { Mutex } from "../../io/mutex.ts";
import { inSlices } from "../../io/yield.ts";

/** Parts of a queue. */
export interface UpdateQueueParts {
  /** Called when a long update begins to wait for later turns. */
  readonly onPause: () => void;
  /** Called when no update waits any more. */
  readonly onIdle: () => void;
}

// Steps that an update takes at once.
const STEPS_AT_ONCE = 64;

/** Runs updates one after the other. A short one runs at once, the rest of a long one in later turns of the event loop. */
export class UpdateQueue {
  readonly #parts: UpdateQueueParts;
  readonly #mutex = new Mutex();
  #waiting = 0;
  #idle: Promise<void> = Promise.resolve();

  constructor(parts: UpdateQueueParts) {
    this.#parts = parts;
  }

  /** Runs the steps of an update. Never throws: a failure is logged. */
  add(steps: Iterator<void, void>): void {
    if (this.#waiting === 0 && hasRun(steps)) return;
    this.#waiting++;
    this.#parts.onPause();
    this.#idle = this.#mutex
      .run(() => inSlices(steps))
      .catch(report)
      .then(() => {
        if (--this.#waiting === 0) this.#parts.onIdle();
      });
  }

  /** Resolves once all updates so far have run. Never rejects. */
  idle(): Promise<void> {
    return this.#idle;
  }
}

// Runs the first steps. Returns whether these were all.
function hasRun(steps: Iterator<void, void>): boolean {
  try {
    for (let i = 0; i < STEPS_AT_ONCE; i++) if (steps.next().done === true) return true;
    return false;
  } catch (error) {
    report(error);
    return true;
  }
}

function report(error: unknown): void {
  warnOnceAMinute(`alerts: an evaluation could not be delivered (${errorMessage(error)})`);
}
