// Messages of any queue that were received and not yet settled, by a text that identifies the delivery.
import { type ConsumedQueue, ConsumedQueues, type Destinations } from "./destinations.ts";
import type { MessagingConfig } from "./options.ts";
import { outliving } from "./outliving.ts";
import type { Recording } from "./recording.ts";

const MAX_MESSAGES = 10_000;
// Maximum visibility timeout of Amazon SQS.
const MAX_MESSAGE_MILLIS = 12 * 3_600_000;

interface UnsettledMessage {
  readonly id: unknown;
  readonly queue: ConsumedQueue;
  readonly receiver: object | undefined;
  readonly isLocked: (() => boolean) | undefined;
  readonly startMillis: number;
  isInFlight: boolean;
}

/** Unsettled messages by handle: at most 10,000, at most 12 hours old. The oldest is dropped first. */
class UnsettledMessages {
  readonly #byHandle = new Map<string, UnsettledMessage>();
  readonly #handleById = new Map<unknown, string>();

  /**
   * Adds a received message, in flight until `isLocked` returns false. A known id means that the message was not settled
   * in time and was delivered again. `receiver` is the object that {@link droppedOf} can end.
   *
   * @returns the queue of the earlier delivery, if there was one.
   */
  received(
    handle: unknown,
    id: unknown,
    queue: ConsumedQueue,
    receiver?: object,
    isLocked?: () => boolean,
  ): ConsumedQueue | undefined {
    if (typeof handle !== "string") return undefined;
    const before = this.dropped(this.#handleById.get(id));
    this.#dropOldest(MAX_MESSAGES - 1);
    const startMillis = performance.now();
    this.#byHandle.set(handle, { id, queue, receiver, isLocked, startMillis, isInFlight: true });
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
    if (message.isInFlight) message.queue.inFlight.count--;
    return message;
  }

  /** Removes the messages of `receiver`. */
  droppedOf(receiver: object): void {
    for (const [handle, message] of this.#byHandle) if (message.receiver === receiver) this.dropped(handle);
  }

  /** Removes messages that are too old. One whose lock has ended is kept: the service's clock may differ. */
  expire(): void {
    this.#dropOldest(MAX_MESSAGES);
    for (const message of this.#byHandle.values()) {
      if (!message.isInFlight || message.isLocked?.() !== false) continue;
      message.isInFlight = false;
      message.queue.inFlight.count--;
    }
  }

  #dropOldest(maxSize: number): void {
    const firstMillis = performance.now() - MAX_MESSAGE_MILLIS;
    for (const [handle, { startMillis }] of this.#byHandle) {
      if (this.#byHandle.size <= maxSize && startMillis >= firstMillis) return;
      this.dropped(handle);
    }
  }
}

export type { UnsettledMessages };

const unsettledOf = outliving(() => new UnsettledMessages());

/** Returns the queues that the application consumes, and their unsettled messages, with those of an earlier recording. */
export function unsettledMessages(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
): { readonly queues: ConsumedQueues; readonly unsettled: UnsettledMessages } {
  const unsettled = unsettledOf(recording);
  return { unsettled, queues: new ConsumedQueues(recording, destinations, () => unsettled.expire()) };
}
