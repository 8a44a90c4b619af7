// Delivery of what waits for one destination: one item at a time, repeated until it is accepted.
import { onAbort } from "./abort.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { Backoff } from "./backoff.ts";
import type { Timers } from "./timeout.ts";

const MIN_BACKOFF_MILLIS = 1_000;
const MAX_BACKOFF_MILLIS = 60_000;

/** Outcome of an attempt, as far as the loop needs it. */
interface Outcome {
  readonly kind: "delivered" | "rejected" | "failed";
  /** The pause that the destination requested after a failure. */
  readonly retryAfterMillis?: number | undefined;
}

/** Parts of a {@link RetryLoop}. */
export interface RetryLoopParts<Item> {
  readonly timers: Timers;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /**
   * The item to send now, or the time at which one is due by the monotonic clock; `Infinity` if nothing waits. If it
   * fails, the loop asks again after a second.
   */
  readonly next: (nowMillis: number) => Item | number | Promise<Item | number>;
  /** Sends an item by {@link RetryLoop.attempt}. If that fails with an error, the loop pauses for a second. */
  readonly send: (item: Item) => Promise<void>;
  /** Called whenever the loop has sent an item, or begins to wait. Must not throw. */
  readonly onWait?: () => void;
}

/**
 * Sends one item at a time, as soon as it is due. After a failure it pauses for a random time: at most 1 s at first. Each
 * further failure doubles that, up to a minute.
 */
export class RetryLoop<Item extends object> {
  readonly #parts: RetryLoopParts<Item>;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #waitingForIdle = new Set<() => void>();
  #pausedUntilMillis = -Infinity;
  #isPauseRequested = false;
  #cancelTimer: () => void = () => {};
  #running: Promise<void> | undefined;
  // Something was added while the next item was searched.
  #isAsked = false;
  #isOver = false;

  constructor(parts: RetryLoopParts<Item>) {
    this.#parts = parts;
    this.#backoff = new Backoff(MIN_BACKOFF_MILLIS, MAX_BACKOFF_MILLIS, parts.random);
  }

  /** Aborts when the loop is closed. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether the last attempt has failed. */
  get isFailing(): boolean {
    return this.#backoff.isRetrying;
  }

  /** Time until the next attempt is allowed, in milliseconds; 0 or less during one. */
  get pauseMillis(): number {
    return this.#pausedUntilMillis - this.#parts.timers.monotonicMillis();
  }

  /** Sends what is due now, and later the rest. */
  start(): void {
    this.#isAsked = true;
    if (this.#running !== undefined || this.#isOver) return;
    this.#cancelTimer();
    this.#isAsked = false;
    try {
      const next = this.#parts.next(this.#parts.timers.monotonicMillis());
      if (next instanceof Promise) this.#run(next.then((found) => this.#handled(found)));
      else this.#run(this.#handled(next));
    } catch {
      this.#failed();
    }
  }

  /**
   * Tries once to send. The outcome decides on the next pause. Resolves to `undefined` if the loop is closed meanwhile: a
   * destination that hangs must not delay that.
   *
   * @param pauseOf returns a pause that replaces the usual one.
   */
  async attempt<Result extends Outcome>(
    send: (signal: AbortSignal) => Promise<Result>,
    failed: (reason: string) => Result,
    pauseOf: (result: Result) => number | undefined = () => undefined,
  ): Promise<Result | undefined> {
    const { signal } = this;
    if (signal.aborted) return undefined;
    const result = await new Promise<Result | undefined>((resolve) => {
      const end = (): void => resolve(undefined);
      const stop = onAbort(signal, end);
      send(signal)
        .catch((error: unknown) => failed(errorMessage(error)))
        .then((outcome) => {
          stop();
          resolve(outcome);
        }, end);
    });
    this.#isPauseRequested = false;
    if (result?.kind !== "failed") {
      if (result !== undefined) this.#backoff.reset();
      return result;
    }
    const { retryAfterMillis } = result;
    const pause = pauseOf(result);
    // Fully random, so that many senders do not retry at the same time.
    const backoff = this.#backoff.nextMillis();
    this.#isPauseRequested = retryAfterMillis !== undefined || pause !== undefined;
    this.#pause(pause ?? (retryAfterMillis ?? 0) + backoff);
    return result;
  }

  /** Tries at once, except during a pause that the destination requested. */
  hurry(): void {
    if (!this.#isPauseRequested) this.#pausedUntilMillis = -Infinity;
    this.start();
  }

  /** As {@link RetryLoop.hurry}. The next failure counts as the first one. */
  hurryAnew(): void {
    this.#backoff.reset();
    this.hurry();
  }

  /** Tries everything once more now, as {@link RetryLoop.hurry}. Resolves when that is done. */
  async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waitingForIdle.delete(done);
        resolve();
      };
      this.#waitingForIdle.add(done);
      if (this.#isOver) done();
      else this.hurry();
    });
  }

  /** Ends a running attempt, and the loop. */
  close(): Promise<void> {
    this.#stop.abort();
    return this.finish();
  }

  /** Ends after the attempt that is under way. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#cancelTimer();
    await this.#running;
    this.#becomeIdle();
  }

  // Sends an item, or waits for one. Returns whether the loop goes on at once.
  #handled(next: Item | number): Promise<boolean> | boolean {
    if (this.#isOver) return false;
    const { timers, send } = this.#parts;
    const now = timers.monotonicMillis();
    if (typeof next === "object" && now >= this.#pausedUntilMillis) return send(next).then(() => true);
    if (this.#isAsked) return true;
    return this.#wait(Math.max(typeof next === "number" ? next : now, this.#pausedUntilMillis) - now);
  }

  #wait(millis: number): false {
    if (millis !== Infinity) this.#cancelTimer = this.#parts.timers.setTimer(() => this.start(), millis);
    this.#becomeIdle();
    return false;
  }

  #run(step: Promise<boolean> | boolean): void {
    if (step === false) return;
    if (step === true) return this.start();
    this.#running = step
      .catch(() => this.#failed())
      .then((goesOn) => {
        this.#running = undefined;
        this.#parts.onWait?.();
        if (goesOn || this.#isAsked) this.start();
      });
  }

  // Loggers and meter providers belong to the application: their errors must not end delivery.
  #failed(): false {
    this.#isPauseRequested = true;
    const pause = Math.max(MIN_BACKOFF_MILLIS, this.pauseMillis);
    this.#pause(pause);
    this.#isAsked = false;
    return this.#isOver ? false : this.#wait(pause);
  }

  #pause(millis: number): void {
    this.#pausedUntilMillis = this.#parts.timers.monotonicMillis() + millis;
  }

  #becomeIdle(): void {
    for (const resolve of this.#waitingForIdle) resolve();
    this.#parts.onWait?.();
  }
}
