// Messages of any queue that were received and not yet settled, by a text that identifies the delivery.
import type { ConsumedQueue } from "./destinations.ts";

const MAX_MESSAGES = 10_000;
// Maximum visibility timeout of Amazon SQS.
const MAX_MESSAGE_MILLIS = 12 * 3_600_000;

interface UnsettledMessage {
  readonly id: unknown;
  readonly queue: ConsumedQueue;
  readonly startMillis: number;
}

/** Unsettled messages by handle: at most 10,000, at most 12 hours old. The oldest is dropped first. */
export class UnsettledMessages {
  readonly #byHandle = new Map<string, UnsettledMessage>();
  readonly #handleById = new Map<unknown, string>();

  /**
   * Adds a received message, which is in flight from now on. A known id means that the message was not settled in time
   * and was delivered again.
   *
   * @returns the queue of the earlier delivery, if there was one.
   */
  received(handle: unknown, id: unknown, queue: ConsumedQueue): ConsumedQueue | undefined {
    if (typeof handle !== "string") return undefined;
    const before = this.dropped(this.#handleById.get(id));
    const startMillis = performance.now();
    this.#dropOldest(startMillis);
    this.#byHandle.set(handle, { id, queue, startMillis });
    if (id !== undefined) this.#handleById.set(id, handle);
    queue.inFlight.count++;
    return before?.queue;
  }

  /**
   * Settles a message, with `failure` if its processing failed.
   *
   * @returns the queue of the message, if it was unsettled.
   */
  settled(handle: unknown, failure?: { readonly name: string }): ConsumedQueue | undefined {
    const message = this.dropped(handle);
    if (message === undefined) return undefined;
    const { queue, startMillis } = message;
    queue.destination.processed((performance.now() - startMillis) / 1000, failure);
    return queue;
  }

  /** Removes a message whose end is unknown. It is no longer in flight. */
  dropped(handle: unknown): UnsettledMessage | undefined {
    if (typeof handle !== "string") return undefined;
    const message = this.#byHandle.get(handle);
    if (message === undefined) return undefined;
    this.#byHandle.delete(handle);
    if (this.#handleById.get(message.id) === handle) this.#handleById.delete(message.id);
    message.queue.inFlight.count--;
    return message;
  }

  /** Removes the messages that were received with `queue`. */
  droppedOf(queue: ConsumedQueue): void {
    for (const [handle, message] of this.#byHandle) if (message.queue === queue) this.dropped(handle);
  }

  #dropOldest(nowMillis: number): void {
    for (const [handle, { startMillis }] of this.#byHandle) {
      if (this.#byHandle.size < MAX_MESSAGES && nowMillis - startMillis < MAX_MESSAGE_MILLIS) return;
      this.dropped(handle);
    }
  }
}
