// Delivery from the queue to the backend: strictly oldest first, one record at a time, repeated until accepted.
import { Backoff } from "../../io/backoff.ts";
import { sleep } from "../../io/timeout.ts";
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

const MIN_BACKOFF_MILLIS = 1_000;
const MAX_BACKOFF_MILLIS = 60_000;
// A 500 may come from a failing backend, or be caused by this record alone, which then blocks all others.
const MAX_DOUBT_MILLIS = 3_600_000;
// Nothing was collected between two processes, so catching up skips that gap.
const MAX_GAP_MILLIS = 60_000;

// Longest wait for an attempt, in a flush with `waitsForRetries: false`.
const SOON_MILLIS = 250;

// At the end of the process these errors allow a second attempt, because the backend may be restarting.
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
const LAST_ATTEMPTS = 2;
const LAST_RETRY_MILLIS = 200;

// Interval for taking over records left by other processes.
const LOOK_MILLIS = 60_000;

// The events that may interrupt a sleep: `idle` a new record, `ours` a flush, `bound` only the end.
type Sleep = "idle" | "ours" | "bound";

/** The record that is being delivered. Times are those of the monotonic clock. */
interface Head {
  readonly sequence: number;
  readonly begin: number;
  doubtSince: number | undefined;
}

/** Delivers the records of a queue until `stop` is called. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #stop = new AbortController();
  #isOver = false;
  readonly #waiting = new Set<() => void>();
  #sleeping: { readonly kind: Sleep; readonly millis: number; readonly end: AbortController } | undefined;
  #hasNews = false;
  #concluded = 0;
  readonly #backoff: Backoff;
  #isLast = false;
  // Number of running flushes, which send without pauses.
  #flushes = 0;
  // Attempts since the last flush began that did not reach a backend.
  #unreachable = 0;
  #head: Head | undefined;
  #last: { readonly unixMillis: number; readonly begin: number } | undefined;
  readonly #ended: Promise<void>;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(MIN_BACKOFF_MILLIS, MAX_BACKOFF_MILLIS, parts.random);
    this.#ended = this.#run();
  }

  notify(): void {
    this.#hasNews = true;
    this.#cutShort("idle");
  }

  get isFailing(): boolean {
    return this.#backoff.isRetrying;
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
    this.#backoff.reset();
    this.#flushes++;
    this.#isLast = isLast;
    this.#unreachable = 0;
    this.notify();
    this.#cutShort("ours");
    const isOver = (): boolean =>
      this.#concluded >= goal ||
      this.#parts.queue.size.records === 0 ||
      this.#isOver ||
      signal.aborted ||
      (!waitsForRetries && this.#isWaitingForLong) ||
      (isLast && this.#unreachable >= LAST_ATTEMPTS);
    while (!isOver()) await this.#change(signal);
    this.#flushes--;
    this.#isLast = false;
  }

  /** Stops at once: a running request is aborted, and its record stays in the queue. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.finish();
  }

  /** Ends after the attempt that is under way. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#sleeping?.end.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#step();
      } catch {
        // Loggers and meter providers belong to the application: their errors must not end delivery.
        await this.#sleep(MIN_BACKOFF_MILLIS, "bound");
      }
    }
    this.#notifyWaiting();
  }

  async #step(): Promise<void> {
    this.#hasNews = false;
    const record = await this.#parts.queue.oldest();
    this.#notifyWaiting();
    if (this.#isOver) return;
    if (record === undefined) {
      if (!this.#hasNews) await this.#sleep(LOOK_MILLIS, "idle");
    } else if (this.#parts.sendsLatestOnly === true && this.#parts.queue.size.records > 1) {
      await this.#conclude(record, { kind: "superseded" }, 0);
    } else if (!(await this.#isEarly(record))) await this.#attempt(record);
  }

  async #attempt(record: StoredRecord): Promise<void> {
    const { clock } = this.#parts;
    const begin = clock.monotonicMillis();
    if (this.#head?.sequence !== record.sequence) {
      this.#head = { sequence: record.sequence, begin, doubtSince: undefined };
    }
    const attempt = this.#judged(await this.#sent(record), this.#head);
    if (this.#stop.signal.aborted && attempt.kind === "failed") return;
    if (attempt.kind === "failed") return this.#retryLater(attempt);
    this.#backoff.reset();
    this.#last = { unixMillis: record.timeUnixMillis, begin };
    await this.#conclude(record, attempt, this.#head.begin);
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

  // Some senders ignore the signal, and one that hangs must not delay the end.
  #sent(record: StoredRecord): Promise<Attempt> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const giveUp = (): void =>
        resolve({
          kind: "failed",
          errorType: "aborted",
          message: "aborted, because the exporter is shutting down",
        });
      signal.addEventListener("abort", giveUp, { once: true });
      void this.#parts.send(record, signal).then((attempt) => {
        signal.removeEventListener("abort", giveUp);
        resolve(attempt);
      });
    });
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

  async #retryLater(attempt: Failed): Promise<void> {
    this.#parts.observer.failed(attempt);
    // Fully random, so that many senders do not retry at the same time.
    const backoff = this.#backoff.nextMillis();
    const { retryAfterMillis } = attempt;
    if (UNREACHABLE.has(attempt.errorType)) this.#unreachable++;
    if (this.#isLast && this.#unreachable > 0) await this.#sleep(LAST_RETRY_MILLIS, "bound");
    else if (retryAfterMillis === undefined) await this.#sleep(backoff, "ours");
    else await this.#sleep(retryAfterMillis + backoff, "bound");
  }

  // Whether the record had to wait; another one may be the oldest by then.
  async #isEarly({ timeUnixMillis }: StoredRecord): Promise<boolean> {
    if (this.#last === undefined || this.#flushes > 0) return false;
    const { catchUp, clock } = this.#parts;
    const gap = Math.min(Math.max(timeUnixMillis - this.#last.unixMillis, 0), MAX_GAP_MILLIS);
    // Plus one, for the records produced while catching up.
    const early = this.#last.begin + gap / (catchUp + 1) - clock.monotonicMillis();
    if (early <= 0) return false;
    await this.#sleep(early, "ours");
    return true;
  }

  async #sleep(millis: number, kind: Sleep): Promise<void> {
    if (this.#isOver) return;
    const end = new AbortController();
    this.#sleeping = { kind, millis, end };
    this.#notifyWaiting();
    await this.#parts.clock.sleep(millis, end.signal);
    this.#sleeping = undefined;
  }

  get #isWaitingForLong(): boolean {
    if (this.#sleeping === undefined || this.#sleeping.end.signal.aborted) return false;
    return this.#sleeping.kind !== "idle" && this.#sleeping.millis > SOON_MILLIS;
  }

  #cutShort(kind: Sleep): void {
    if (this.#sleeping?.kind === kind) this.#sleeping.end.abort();
  }

  #notifyWaiting(): void {
    for (const resolve of this.#waiting) resolve();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting.delete(end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#waiting.add(end);
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
    });
  }
}
