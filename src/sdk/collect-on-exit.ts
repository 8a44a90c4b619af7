// The last collection of a process that ends at once. It runs synchronously in the `exit` event.
import { processEvents } from "../io/process-events.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { LastDelivery } from "../readers/collection-exporter.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";

// For all readers together, including the start of a worker thread.
const DELIVERY_LIMIT_MILLIS = 2_000;
// Nothing runs between the flush at the natural end and `exit`, but a busy machine may pause the process.
const FLUSH_ECHO_MILLIS = 1_000;
// After a flush timed out, the backend counts as unreachable for this long. The process may live on: the application
// may handle the signal without ending.
const BACKEND_AWAY_MILLIS = 60_000;

/** A reader that can collect and export before the call returns. */
export interface LastReader {
  readonly isDurable: boolean;
  flushSync(): boolean;
  deliverLast(timeoutMillis: number): LastDelivery | undefined;
}

/**
 * Collects once more when the process exits (`process.exit()`, an uncaught exception, the natural end). The data goes
 * to the outbox or a file. If it would be lost otherwise, a worker thread sends it to the backend, and the process
 * waits for at most 2 s. Never throws, so that the exit code stays unchanged.
 */
export class CollectOnExit {
  readonly #readers: readonly LastReader[];
  readonly #uncaught = new RateLimit();
  #completeAt = -Infinity;
  #hungAt = -Infinity;
  #isListening = false;

  /** @param readers an array that may change. */
  constructor(readers: readonly LastReader[]) {
    this.#readers = readers;
  }

  /** Adds the process listeners, if there are readers. They are added once. */
  listen(): void {
    if (this.#readers.length === 0 || this.#isListening) return;
    this.#isListening = true;
    // Prepended, since a listener of the application that throws prevents those after it.
    processEvents.prepend("exit", this.#onExit);
    processEvents.on("uncaughtExceptionMonitor", this.#onUncaught);
  }

  /** Removes the process listeners. */
  end(): void {
    this.#isListening = false;
    processEvents.off("exit", this.#onExit);
    processEvents.off("uncaughtExceptionMonitor", this.#onUncaught);
  }

  /**
   * Records the outcome of a flush at the end of the process.
   *
   * @param inTime whether it finished in time.
   * @param isLast whether the process ends right after it.
   */
  noteFlush(inTime: boolean, isLast: boolean): void {
    this.#hungAt = inTime ? -Infinity : performance.now();
    if (inTime && isLast) this.#completeAt = performance.now();
  }

  /** Whether a reader's exports would be lost with the process, so that a flush needs time. */
  get needsTime(): boolean {
    return this.#readers.some(({ isDurable }) => !isDurable);
  }

  /** Collects at once for the readers whose exports outlive the process. */
  keep(): void {
    this.#collect(this.#readers.filter(({ isDurable }) => isDurable));
  }

  readonly #onExit = (): void => {
    try {
      this.#end();
    } catch {
      // The application's logger threw, so this cannot be logged.
    }
  };

  #end(): void {
    const isAlone = process.listenerCount("beforeExit") <= 1;
    if (isAlone && performance.now() - this.#completeAt < FLUSH_ECHO_MILLIS) return;
    this.#collect(this.#readers);
    // The last flush timed out, so the backend is not waited for again.
    if (performance.now() - this.#hungAt < BACKEND_AWAY_MILLIS) return;
    const deadline = performance.now() + DELIVERY_LIMIT_MILLIS;
    // Preparing a delivery takes a part of the time.
    const left = (): number => Math.max(Math.ceil(deadline - performance.now()), 1);
    const deliveries = this.#readers.map((reader) => reader.deliverLast(left()));
    for (const delivery of deliveries) delivery?.wait(deadline);
  }

  // If the application handles uncaught exceptions, it may end without an event, as with `process.abort()`. It may also
  // continue, and throw again at once, hence the rate limit. Without a handler, `exit` follows.
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
