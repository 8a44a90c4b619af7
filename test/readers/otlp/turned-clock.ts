/** A clock turned by the test: time advances only while all parties sleep. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../src/readers/delivery/delivery.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export class TurnedClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #millis = 0;
  readonly #begin: number;

  constructor(beginUnixMillis: number = Date.now()) {
    this.#begin = beginUnixMillis;
  }

  /** Number of pending sleeps. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  unixMillis(): number {
    return this.#begin + this.#millis;
  }

  monotonicMillis(): number {
    return this.#millis;
  }

  sleep(millis: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = {
        due: this.#millis + millis,
        wake: (): void => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake);
      if (signal?.aborted === true) sleeper.wake();
    });
  }

  /** Advances time until the condition holds: whenever `parties` sleep, to the moment at which the first one wakes. */
  async turnUntil(condition: () => boolean, parties = 1): Promise<void> {
    while (!condition()) {
      const [first] = [...this.#sleepers].toSorted((a, b) => a.due - b.due);
      if (first !== undefined && this.#sleepers.size >= parties) {
        if (first.due === Number.POSITIVE_INFINITY) throw new Error("all sleep, and nobody will wake them");
        this.#millis = Math.max(this.#millis, first.due);
        first.wake();
      }
      await setImmediate();
    }
  }
}
