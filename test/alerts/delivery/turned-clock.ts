import type { DeliveryClock } from "../../../src/alerts/delivery/clock.ts";

interface Timer {
  readonly atMillis: number;
  readonly run: () => void;
}

const LEAP_SECONDS = 300;

/** A clock that stands still until the test turns it. */
export class TurnedClock implements DeliveryClock {
  #monotonicMillis = 0;
  #offsetMillis: number;
  readonly #timers = new Set<Timer>();

  /** @param unixSeconds time of day at the start. */
  constructor(unixSeconds = 1_700_000_000) {
    this.#offsetMillis = unixSeconds * 1_000;
  }

  unixMillis(): number {
    return this.#offsetMillis + this.#monotonicMillis;
  }

  monotonicMillis(): number {
    return this.#monotonicMillis;
  }

  get seconds(): number {
    return this.unixMillis() / 1_000;
  }

  setTimer(run: () => void, millis: number): () => void {
    const timer = { atMillis: this.#monotonicMillis + millis, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Sets the time of day without any time passing. */
  jump(seconds: number): void {
    this.#offsetMillis += seconds * 1_000;
  }

  /** Lets time pass, and runs the timers that are due. Waits for nothing. */
  skip(seconds: number): void {
    this.#monotonicMillis += seconds * 1_000;
    const due = [...this.#timers].filter(({ atMillis }) => atMillis <= this.#monotonicMillis);
    for (const timer of due) if (this.#timers.delete(timer)) timer.run();
  }

  /** Lets time pass; runs the timers in order, and lets what they begin settle. */
  async pass(seconds: number): Promise<void> {
    await settled();
    const end = this.#monotonicMillis + seconds * 1_000;
    for (;;) {
      const due = [...this.#timers].filter(({ atMillis }) => atMillis <= end);
      const [next] = due.toSorted((a, b) => a.atMillis - b.atMillis);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#monotonicMillis = Math.max(this.#monotonicMillis, next.atMillis);
      next.run();
      await settled();
    }
    this.#monotonicMillis = end;
  }

  /** Lets time pass in steps of 300 s, in each of which a timer runs once. */
  async leap(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= LEAP_SECONDS) {
      this.#monotonicMillis += Math.min(left, LEAP_SECONDS) * 1_000;
      const due = [...this.#timers].filter(({ atMillis }) => atMillis <= this.#monotonicMillis);
      for (const timer of due) {
        // An earlier one may have cancelled it.
        if (this.#timers.delete(timer)) timer.run();
      }
      await settled();
    }
  }
}

/** Lets promises settle, writes of files, and work in slices. */
async function settled(): Promise<void> {
  for (let idle = 0; idle < 3; idle++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (process.getActiveResourcesInfo().some((each) => /^(?:FSReq|CloseReq|Immediate)/.test(each))) idle = 0;
  }
}
