// Messages that the application has received, and neither deleted nor given back.
import type { ConsumedQueue } from "../shared/destinations.ts";

const MAX_MESSAGES = 10_000;
// The longest visibility timeout.
const MAX_MILLIS = 12 * 3_600_000;

const RETURNED = { name: "returned" };

interface UnsettledMessage {
  readonly id: unknown;
  readonly queue: ConsumedQueue;
  readonly startMillis: number;
}

/** The received messages by receipt handle. At most 10,000, none older than 12 hours; the oldest is dropped first. */
export class Unsettled {
  readonly #byHandle = new Map<string, UnsettledMessage>();
  readonly #handleById = new Map<unknown, string>();

  /** A message has come; if its id is known, it was not deleted in time and has come again. */
  received(handle: unknown, id: unknown, queue: ConsumedQueue): void {
    if (typeof handle !== "string") return;
    const before = this.#handleById.get(id);
    if (before !== undefined) this.#forget(before)?.queue.retried();
    const startMillis = performance.now();
    this.#forgetOldest(startMillis);
    this.#byHandle.set(handle, { id, queue, startMillis });
    if (id !== undefined) this.#handleById.set(id, handle);
    queue.inFlight.count++;
  }

  /** A message was deleted: it is processed. */
  deleted(handle: unknown): void {
    const message = this.#forget(handle);
    message?.queue.destination.processed(secondsSince(message.startMillis));
  }

  /** A message was given back at once: its processing failed. */
  returned(handle: unknown): void {
    const message = this.#forget(handle);
    if (message === undefined) return;
    message.queue.destination.processed(secondsSince(message.startMillis), RETURNED);
    message.queue.retried();
  }

  #forget(handle: unknown): UnsettledMessage | undefined {
    if (typeof handle !== "string") return undefined;
    const message = this.#byHandle.get(handle);
    if (message === undefined) return undefined;
    this.#byHandle.delete(handle);
    if (this.#handleById.get(message.id) === handle) this.#handleById.delete(message.id);
    message.queue.inFlight.count--;
    return message;
  }

  #forgetOldest(nowMillis: number): void {
    for (const [handle, { startMillis }] of this.#byHandle) {
      if (this.#byHandle.size < MAX_MESSAGES && nowMillis - startMillis < MAX_MILLIS) return;
      this.#forget(handle);
    }
  }
}

function secondsSince(startMillis: number): number {
  return (performance.now() - startMillis) / 1000;
}
