// From the queue to the receiver: strictly oldest first, one record at a time, until it is there.
import { Backoff } from "../../io/backoff.ts";
import { sleep } from "../../io/timeout.ts";
import type { RecordQueue, StoredRecord } from "../../io/outbox/record-queue.ts";
import type { Attempt, Delivered, Failed, Rejected, Send } from "./attempt.ts";

export interface DeliveryParts {
  readonly queue: RecordQueue;
  readonly send: Send;
  /** The waiting records are delivered so many times as fast as they were produced, beside new ones. */
  readonly catchUp: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: DeliveryObserver;
}

/** Listener of outcomes. Must not throw. */
export interface DeliveryObserver {
  failed(attempt: Failed): void;
  /** A record has left the queue, `durationSeconds` after the first attempt. */
  concluded(record: StoredRecord, attempt: Delivered | Rejected, durationSeconds: number): void;
}

/** Time, as delivery sees it: tests turn it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  unixMillis(): number;
  /** Milliseconds since some moment; never runs backwards. */
  monotonicMillis(): number;
  /** Resolves after `millis`, or as soon as the signal aborts. Keeps no process alive. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
}

// Longer delays make a timer of Node.js fire at once.
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

export const systemClock: Clock = {
  unixMillis: () => Date.now(),
  monotonicMillis: () => performance.now(),
  sleep: (millis, signal) => sleep(Math.min(millis, MAX_TIMER_MILLIS), signal),
};

const MIN_BACKOFF_MILLIS = 1_000;
const MAX_BACKOFF_MILLIS = 60_000;
// A receiver in trouble answers 500, but so does one that fails on this record alone, and holds up all others.
const MAX_DOUBT_MILLIS = 3_600_000;
// Between two processes nothing was collected: catching up need not wait for that.
const MAX_GAP_MILLIS = 60_000;

// Without patience a flush waits at most this long for an attempt.
const SOON_MILLIS = 250;

// At the end of the process: a receiver that is being restarted gets a second attempt.
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
const LAST_ATTEMPTS = 2;
const LAST_RETRY_MILLIS = 200;

// An outbox takes over records that other processes left.
const LOOK_MILLIS = 60_000;

// What may cut a sleep short: news, a flush, or only the end.
type Sleep = "idle" | "backoff" | "bound";

/** The record that is being delivered. Times are the monotonic clock's. */
interface Head {
  readonly sequence: number;
  readonly begin: number;
  doubtSince: number | undefined;
}

/** Delivers the records of a queue until it is stopped. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<() => void>();
  #sleeping: { readonly kind: Sleep; readonly millis: number; readonly end: AbortController } | undefined;
  #hasNews = false;
  #concluded = 0;
  readonly #backoff: Backoff;
  #isLast = false;
  // Attempts since the last flush began that found no receiver.
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
   * Tries at once, unless the receiver asked for a pause. Resolves once all present records are delivered or given up, or
   * the signal aborts; without patience, also if the next attempt is not due soon. The last flush of a process gives up
   * after a second attempt, 200 ms later, if no receiver is reached.
   */
  async flush(
    signal: AbortSignal,
    { isPatient = true, isLast = false }: { readonly isPatient?: boolean; readonly isLast?: boolean } = {},
  ): Promise<void> {
    const goal = this.#concluded + this.#parts.queue.size.records;
    this.#backoff.reset();
    this.#isLast = isLast;
    this.#unreachable = 0;
    this.notify();
    this.#cutShort("backoff");
    const isOver = (): boolean =>
      this.#concluded >= goal ||
      this.#parts.queue.size.records === 0 ||
      this.#stop.signal.aborted ||
      signal.aborted ||
      (!isPatient && this.#isWaitingForLong) ||
      (isLast && this.#unreachable >= LAST_ATTEMPTS);
    while (!isOver()) await this.#change(signal);
    this.#isLast = false;
  }

  /** Stops at once: a request under way is given up, and its record stays in the queue. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#sleeping?.end.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#step();
      } catch {
        // Loggers and meter providers are the application's: what they throw must not end delivery.
        await this.#sleep(MIN_BACKOFF_MILLIS, "bound");
      }
    }
    this.#notifyWaiting();
  }

  async #step(): Promise<void> {
    this.#hasNews = false;
    const record = await this.#parts.queue.oldest();
    this.#notifyWaiting();
    if (record === undefined) {
      if (!this.#hasNews) await this.#sleep(LOOK_MILLIS, "idle");
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
    // Before it is removed: a flush that begins meanwhile must not wait for it.
    this.#concluded++;
    await this.#parts.queue.remove(record.sequence);
    const durationSeconds = (clock.monotonicMillis() - this.#head.begin) / 1_000;
    this.#parts.observer.concluded(record, attempt, durationSeconds);
  }

  // Not every sender follows the signal, and one that hangs must not hold up the end.
  #sent(record: StoredRecord): Promise<Attempt> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const giveUp = (): void =>
        resolve({ kind: "failed", errorType: "aborted", message: "given up, since the exporter ends" });
      signal.addEventListener("abort", giveUp, { once: true });
      void this.#parts.send(record, signal).then((attempt) => {
        signal.removeEventListener("abort", giveUp);
        resolve(attempt);
      });
    });
  }

  // A record that is in doubt for too long counts as rejected.
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
    // All of it is random, so that many senders do not meet again.
    const backoff = this.#backoff.nextMillis();
    const { retryAfterMillis } = attempt;
    if (UNREACHABLE.has(attempt.errorType)) this.#unreachable++;
    if (this.#isLast && this.#unreachable > 0) await this.#sleep(LAST_RETRY_MILLIS, "bound");
    else if (retryAfterMillis === undefined) await this.#sleep(backoff, "backoff");
    else await this.#sleep(retryAfterMillis + backoff, "bound");
  }

  // Whether the record had to wait: there may be another oldest one by now.
  async #isEarly({ timeUnixMillis }: StoredRecord): Promise<boolean> {
    if (this.#last === undefined) return false;
    const { catchUp, clock } = this.#parts;
    const gap = Math.min(Math.max(timeUnixMillis - this.#last.unixMillis, 0), MAX_GAP_MILLIS);
    // One more, for the records that are produced while catching up.
    const early = this.#last.begin + gap / (catchUp + 1) - clock.monotonicMillis();
    if (early <= 0) return false;
    await this.#sleep(early, "bound");
    return true;
  }

  async #sleep(millis: number, kind: Sleep): Promise<void> {
    if (this.#stop.signal.aborted) return;
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
