// What was recorded since the last flush, where the process ends at once: collected while its `exit` event waits.
import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { LastDelivery } from "../readers/collection-exporter.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";

// For all readers together, the start of a thread included.
const DELIVERY_LIMIT_MILLIS = 2_000;
// Between the flush of a natural end and the `exit` that follows, nothing else runs; but a busy machine may stop.
const FLUSH_ECHO_MILLIS = 1_000;
// A flush that hung says little of the receiver after that; a signal that the application handles need end nothing.
const RECEIVER_AWAY_MILLIS = 60_000;

/** A reader that can collect and export before the call returns. */
export interface LastReader {
  readonly isDurable: boolean;
  flushSync(): boolean;
  deliverLast(timeoutMillis: number): LastDelivery | undefined;
}

/**
 * Collects once more when the process exits (`process.exit()`, an uncaught exception, the natural end): into the outbox,
 * a file, or, if it would be lost, to the receiver by a worker thread, for which the end of the process
 * waits 2 s at most. Never throws, so that the exit code stays as it is.
 */
export class CollectOnExit {
  readonly #readers: readonly LastReader[];
  readonly #uncaught = new RateLimit();
  #completeAt = -Infinity;
  #hungAt = -Infinity;

  constructor(readers: readonly LastReader[]) {
    this.#readers = readers;
  }

  /** Begins to listen, where there is a reader to do it for. Returns the removal. */
  listen(): () => void {
    if (this.#readers.length === 0) return () => {};
    // First, so that a listener of the application that throws does not keep us from it.
    process.prependListener("exit", this.#onExit);
    process.on("uncaughtExceptionMonitor", this.#onUncaught);
    return () => {
      process.off("exit", this.#onExit);
      process.off("uncaughtExceptionMonitor", this.#onUncaught);
    };
  }

  /**
   * Tells that a flush at the end of the process is over.
   *
   * @param inTime whether it was complete.
   * @param isLast whether nothing but the end of the process can come next.
   */
  noteFlush(inTime: boolean, isLast: boolean): void {
    this.#hungAt = inTime ? -Infinity : performance.now();
    if (inTime && isLast) this.#completeAt = performance.now();
  }

  /** Collects at once for the readers whose exports outlive the process. */
  keep(): void {
    this.#collect(this.#readers.filter(({ isDurable }) => isDurable));
  }

  readonly #onExit = (): void => {
    try {
      this.#end();
    } catch {
      // The application's logger threw: there is nobody to tell.
    }
  };

  #end(): void {
    const isAlone = process.listenerCount("beforeExit") <= 1;
    if (isAlone && performance.now() - this.#completeAt < FLUSH_ECHO_MILLIS) return;
    this.#collect(this.#readers);
    // It was waited for in vain already.
    if (performance.now() - this.#hungAt < RECEIVER_AWAY_MILLIS) return;
    const deadline = performance.now() + DELIVERY_LIMIT_MILLIS;
    const deliveries = this.#readers.map((reader) => reader.deliverLast(DELIVERY_LIMIT_MILLIS));
    for (const delivery of deliveries) delivery?.wait(deadline);
  }

  // Where the application handles uncaught exceptions it may end in ways that tell nobody, as `process.abort()`; but it
  // may go on as well, and have another one at once. Without a handler `exit` comes next.
  readonly #onUncaught = (): void => {
    if (process.listenerCount("uncaughtException") > 0 && this.#uncaught.tryAcquire()) this.keep();
  };

  #collect(readers: readonly LastReader[]): void {
    for (const reader of readers) {
      try {
        reader.flushSync();
      } catch (error) {
        diag.warn(`last collection: not exported: ${errorMessage(error)}`);
      }
    }
  }
}
