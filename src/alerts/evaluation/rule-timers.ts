// The timers of groups of rules. They do not keep the process alive.
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import type { RuleGroupRun } from "./rule-group.ts";

// Timers may fire a little too early.
const EARLY_MILLIS = 5;
/** A longer timer would fire at once. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** Calls a function when a group is due: with the time of its evaluation, in Unix milliseconds. */
export class RuleTimers {
  readonly #onDue: (group: RuleGroupRun, timeMillis: number) => void;
  readonly #timers = new Map<RuleGroupRun, NodeJS.Timeout>();

  constructor(onDue: (group: RuleGroupRun, timeMillis: number) => void) {
    this.#onDue = onDue;
  }

  /** Waits until a group is due for the next time. */
  wait(group: RuleGroupRun): void {
    const pause = group.dueAfter(Date.now()) - Date.now();
    const timer = realSetTimeout(
      () => {
        if (pause > MAX_TIMER_MILLIS) return this.wait(group);
        this.#onDue(group, group.dueAfter(Date.now() + EARLY_MILLIS) - group.intervalMillis);
      },
      Math.min(Math.max(1, pause), MAX_TIMER_MILLIS),
    ).unref();
    this.#timers.set(group, timer);
  }

  /** Ends all timers. */
  clear(): void {
    for (const timer of this.#timers.values()) realClearTimeout(timer);
    this.#timers.clear();
  }
}
