// Delivery from the queue to the backend: strictly oldest first, one record at a time, repeated until accepted.
import { onAbort } from "../../io/abort.ts";
import { RetryLoop } from "../../io/retry-loop.ts";
import { sleep, type Timers } from "../../io/timeout.ts";
import type { RecordQueue, StoredRecord } from "../../io/outbox/record-queue.ts";
import type { Attempt, Delivered, Failed, Rejected, Send, Superseded } from "./attempt.ts";

export interface DeliveryParts {
  readonly queue: RecordQueue;
  readonly send: Send;
  /** Whether a record replaces all older ones, so that these are not sent. */
  readonly sendsLatestOnly?: boolean | undefined;
  /**
   * Ratio of the rate at which waiting records are sent to the rate at which they were produced; new records are sent in
   * addition.
   */
  readonly catchUp: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: DeliveryObserver;
}

/** Listener of outcomes. Must not throw. */
export interface DeliveryObserver {
  failed(attempt: Failed): void;
  /** A record has left the queue, `durationSeconds` after its first attempt. Not called for dropped records. */
  concluded(record: StoredRecord, attempt: Delivered | Rejected | Superseded, durationSeconds: number): void;
}

/** Time source of the delivery; replaced in tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  unixMillis(): number;
  /** Milliseconds since an arbitrary moment; never runs backwards. */
  monotonicMillis(): number;
  /** Resolves after `millis`, or as soon as the signal aborts. Does not keep the process alive. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
}

// A Node.js timer with a longer delay fires at once.
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

export const systemClock: Clock = {
  unixMillis: () => Date.now(),
  monotonicMillis: () => performance.now(),
  sleep: (millis, signal) => sleep(Math.min(millis, MAX_TIMER_MILLIS), signal),
};

// A 500 may come from a failing backend, or be caused by this record alone, which then blocks all others.
const MAX_DOUBT_MILLIS = 3_600_000;
// Nothing was collected between two processes, so catching up skips that gap.
const MAX_GAP_MILLIS = 60_000;

// Longest wait for an attempt, in a flush with `waitsForRetries: false`.
const SOON_MILLIS = 250;

// At the end of the process an unreachable backend gets a second attempt.
const LAST_ATTEMPTS = 2;
const LAST_RETRY_MILLIS = 200;

// Interval for taking over records left by other processes.
const LOOK_MILLIS = 60_000;

/** The record that is being delivered. Times are those of the monotonic clock. */
interface Head {
  readonly sequence: number;
  readonly begin: number;
  doubtSince: number | undefined;
}

/** Delivers the records of a queue until `stop` is called. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #loop: RetryLoop<StoredRecord>;
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  #concluded = 0;
  #isLast = false;
  // Number of running flushes, which send without pauses.
  #flushes = 0;
  // Attempts since the last flush began that did not reach a backend.
  #unreachable = 0;
  #head: Head | undefined;
  #last: { readonly unixMillis: number; readonly begin: number } | undefined;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#loop = new RetryLoop({
      timers: timersOf(parts.clock),
      random: parts.random,
      next: () => this.#next(),
      send: (record) => this.#send(record),
      onWait: () => this.#notifyWaiting(),
    });
    this.#loop.start();
  }

  notify(): void {
    this.#loop.start();
  }

  get isFailing(): boolean {
    return this.#loop.isFailing;
  }

  /**
   * Tries at once, unless the backend requested a pause, and then sends without the pauses of `catchUp`. Resolves once all
   * present records are delivered or dropped, or the signal aborts. Without `waitsForRetries`, it also resolves if the next
   * attempt is not due soon. The last flush of a process ends after a second attempt, 200 ms later, if no backend was
   * reached.
   */
  async flush(
    signal: AbortSignal,
    {
      waitsForRetries = true,
      isLast = false,
    }: { readonly waitsForRetries?: boolean; readonly isLast?: boolean } = {},
  ): Promise<void> {
    const goal = this.#concluded + this.#parts.queue.size.records;
    this.#flushes++;
    this.#isLast = isLast;
    this.#unreachable = 0;
    this.#loop.hurryAnew();
    const isOver = (): boolean =>
      this.#concluded >= goal ||
      this.#parts.queue.size.records === 0 ||
      this.#isOver ||
      signal.aborted ||
      (!waitsForRetries && this.#loop.pauseMillis > SOON_MILLIS) ||
      (isLast && this.#unreachable >= LAST_ATTEMPTS);
    while (!isOver()) await this.#change(signal);
    this.#flushes--;
    this.#isLast = false;
  }

  /** Stops at once: a running request is aborted, and its record stays in the queue. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#loop.close();
  }

  /** Ends after the attempt that is under way. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#loop.finish();
  }

  async #next(): Promise<StoredRecord | number> {
    const { queue, clock } = this.#parts;
    const record = await queue.oldest();
    this.#notifyWaiting();
    const now = clock.monotonicMillis();
    if (record === undefined) return now + LOOK_MILLIS;
    const due = this.#isSuperseded ? now : this.#dueMillis(record);
    return due > now ? due : record;
  }

  get #isSuperseded(): boolean {
    return this.#parts.sendsLatestOnly === true && this.#parts.queue.size.records > 1;
  }

  // The time of the record by the ratio of `catchUp`.
  #dueMillis({ timeUnixMillis }: StoredRecord): number {
    if (this.#last === undefined || this.#flushes > 0) return -Infinity;
    const gap = Math.min(Math.max(timeUnixMillis - this.#last.unixMillis, 0), MAX_GAP_MILLIS);
    // Plus one, for the records produced while catching up.
    return this.#last.begin + gap / (this.#parts.catchUp + 1);
  }

  async #send(record: StoredRecord): Promise<void> {
    if (this.#isSuperseded) return this.#conclude(record, { kind: "superseded" }, 0);
    const { clock, send, observer } = this.#parts;
    const begin = clock.monotonicMillis();
    if (this.#head?.sequence !== record.sequence)
      this.#head = { sequence: record.sequence, begin, doubtSince: undefined };
    const head = this.#head;
    const attempt = await this.#loop.attempt<Attempt>(
      async (signal) => this.#judged(await send(record, signal), head),
      (message) => ({ kind: "failed", errorType: "_OTHER", message }),
      (failed) => this.#lastPause(failed),
    );
    if (attempt === undefined) return;
    if (attempt.kind === "failed") return observer.failed(attempt);
    this.#last = { unixMillis: record.timeUnixMillis, begin };
    await this.#conclude(record, attempt, head.begin);
  }

  async #conclude(
    record: StoredRecord,
    attempt: Delivered | Rejected | Superseded,
    begin: number,
  ): Promise<void> {
    // Counted before it is removed: a flush that begins meanwhile must not wait for it.
    this.#concluded++;
    // One that was dropped during the attempt has been counted.
    if (!(await this.#parts.queue.remove(record.sequence))) return;
    const durationSeconds = (this.#parts.clock.monotonicMillis() - begin) / 1_000;
    this.#parts.observer.concluded(record, attempt, durationSeconds);
  }

  // A record that stays doubtful for too long counts as rejected.
  #judged(attempt: Attempt, head: Head): Attempt {
    if (attempt.kind !== "failed" || attempt.isDoubtful !== true) {
      head.doubtSince = undefined;
      return attempt;
    }
    const now = this.#parts.clock.monotonicMillis();
    head.doubtSince ??= now;
    if (now - head.doubtSince < MAX_DOUBT_MILLIS) return attempt;
    const { errorType, message, status } = attempt;
    return { kind: "rejected", errorType, message, status };
  }

  // The pause before the second attempt at the end of the process.
  #lastPause(attempt: Attempt): number | undefined {
    if (attempt.kind === "failed" && attempt.isUnreachable === true) this.#unreachable++;
    return this.#isLast && this.#unreachable > 0 ? LAST_RETRY_MILLIS : undefined;
  }

  #notifyWaiting(): void {
    for (const resolve of this.#waiting) resolve();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting.delete(end);
        stop();
        resolve();
      };
      this.#waiting.add(end);
      const stop = onAbort(signal, end);
      if (signal.aborted) end();
    });
  }
}

function timersOf(clock: Clock): Timers {
  return {
    monotonicMillis: () => clock.monotonicMillis(),
    setTimer(run, millis) {
      const end = new AbortController();
      void clock.sleep(millis, end.signal).then(() => {
        if (!end.signal.aborted) run();
      });
      return () => end.abort();
    },
  };
}
