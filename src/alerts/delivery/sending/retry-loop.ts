import { errorMessage } from "../../../diagnostics/error-message.ts";
import { Backoff } from "../../../io/backoff.ts";
import type { DeliveryClock } from "../clock.ts";
import type { Attempt } from "../receivers/receiver.ts";

const MIN_BACKOFF_MILLIS = 1_000;
const MAX_BACKOFF_MILLIS = 60_000;

/** Parts of a {@link RetryLoop}. */
export interface RetryLoopParts<Item> {
  readonly clock: DeliveryClock;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** The item to send now, or the time at which one is due by the monotonic clock; `Infinity` if nothing waits. */
  readonly next: (nowMillis: number) => Item | number;
  /** Sends an item by {@link RetryLoop.attempt}. Must not reject. */
  readonly send: (item: Item) => Promise<void>;
}

/** Sends what waits for one receiver, one item at a time. After a failure it pauses, for 1 s to a minute. */
export class RetryLoop<Item extends object> {
  readonly #parts: RetryLoopParts<Item>;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #waitingForIdle = new Set<() => void>();
  #pausedUntilMillis = 0;
  #isPauseRequested = false;
  #cancelTimer: () => void = () => {};
  #sending: Promise<void> | undefined;

  constructor(parts: RetryLoopParts<Item>) {
    this.#parts = parts;
    this.#backoff = new Backoff(MIN_BACKOFF_MILLIS, MAX_BACKOFF_MILLIS, parts.random);
  }

  /** Aborts when the loop is closed. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Sends what is due now, and later the rest. */
  start(): void {
    this.#cancelTimer();
    if (this.#sending !== undefined || this.signal.aborted) return;
    const now = this.#parts.clock.monotonicMillis();
    const next = this.#parts.next(now);
    if (typeof next === "object" && now >= this.#pausedUntilMillis) {
      this.#sending = this.#parts.send(next).finally(() => {
        this.#sending = undefined;
        this.start();
      });
      return;
    }
    for (const resolve of this.#waitingForIdle) resolve();
    if (next === Infinity) return;
    const wait = Math.max(typeof next === "number" ? next : now, this.#pausedUntilMillis) - now;
    this.#cancelTimer = this.#parts.clock.setTimer(() => this.start(), Math.ceil(wait));
  }

  /**
   * Tries once to send. The outcome decides on the next pause. Resolves to `undefined` if the loop is closed meanwhile: a
   * receiver that hangs must not delay that.
   */
  async attempt(send: (signal: AbortSignal) => Promise<Attempt>): Promise<Attempt | undefined> {
    const { signal } = this;
    if (signal.aborted) return undefined;
    const attempt = await new Promise<Attempt | undefined>((resolve) => {
      const end = (): void => resolve(undefined);
      signal.addEventListener("abort", end, { once: true });
      send(signal)
        .catch((error: unknown): Attempt => ({ kind: "failed", reason: errorMessage(error) }))
        .then((outcome) => {
          signal.removeEventListener("abort", end);
          resolve(outcome);
        }, end);
    });
    if (attempt === undefined) return undefined;
    const isFailed = attempt.kind === "failed";
    const retryAfterMillis = isFailed ? attempt.retryAfterMillis : undefined;
    this.#isPauseRequested = retryAfterMillis !== undefined;
    if (attempt.kind === "delivered") this.#backoff.reset();
    if (isFailed)
      this.#pausedUntilMillis =
        this.#parts.clock.monotonicMillis() + (retryAfterMillis ?? 0) + this.#backoff.nextMillis();
    return attempt;
  }

  /** Tries everything once more now, except during a pause that the receiver requested. Resolves when that is done. */
  async flush(): Promise<void> {
    if (!this.#isPauseRequested) this.#pausedUntilMillis = 0;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waitingForIdle.delete(done);
        resolve();
      };
      this.#waitingForIdle.add(done);
      if (this.signal.aborted) done();
      else this.start();
    });
  }

  /** Ends a running request. */
  async close(): Promise<void> {
    this.#cancelTimer();
    this.#stop.abort();
    await this.#sending;
    for (const resolve of this.#waitingForIdle) resolve();
  }
}
