// Records messages from the responses to commands.
import { type ConsumedQueue, ConsumedQueues, type Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

// Queue sizes are taken from the application's own requests, since each request costs money. A size not requested
// again within this time is dropped as stale.
const MAX_SIZE_AGE_MILLIS = 300_000;
const MAX_SIZES = 1_000;

const MAX_MESSAGES = 10_000;
// Maximum visibility timeout.
const MAX_MESSAGE_MILLIS = 12 * 3_600_000;
const RETURNED = { name: "returned" };

interface ReportedSize {
  readonly timer: NodeJS.Timeout;
  forget: () => void;
}

/** Returns a function that records the messages of a successful command from its output. */
export function messagesOf(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
): (command: unknown, output: unknown) => void {
  const queues = new ConsumedQueues(recording, destinations);
  const unsettled = new Unsettled();
  const noteSize = queueSizes(recording, destinations);
  const received = (url: string, messages: readonly unknown[]): void => {
    if (messages.length === 0) return;
    const queue = queues.of(url);
    queue.destination.received(messages.length);
    for (const message of messages) {
      unsettled.received(fieldOf(message, "ReceiptHandle"), fieldOf(message, "MessageId"), queue);
    }
  };
  const deleted = (entry: unknown): void => unsettled.settled(fieldOf(entry, "ReceiptHandle"), false);
  // A visibility timeout of 0 returns the message to the queue; any other value extends its processing time.
  const visibleIn = (entry: unknown): void => {
    if (fieldOf(entry, "VisibilityTimeout") === 0) unsettled.settled(fieldOf(entry, "ReceiptHandle"), true);
  };
  return (command, output) => {
    const input = fieldOf(command, "input");
    const url = fieldOf(input, "QueueUrl");
    if (typeof url !== "string" || !isObject(command)) return;
    switch (command.constructor.name) {
      case "SendMessageCommand":
        return destinations.of(url).sent();
      case "SendMessageBatchCommand":
        return destinations.of(url).sent(listIn(output, "Successful").length);
      case "ReceiveMessageCommand":
        return received(url, listIn(output, "Messages"));
      case "DeleteMessageCommand":
        return deleted(input);
      case "DeleteMessageBatchCommand":
        return succeeded(input, output).forEach(deleted);
      case "ChangeMessageVisibilityCommand":
        return visibleIn(input);
      case "ChangeMessageVisibilityBatchCommand":
        return succeeded(input, output).forEach(visibleIn);
      case "GetQueueAttributesCommand":
        return noteSize(url, fieldOf(fieldOf(output, "Attributes"), "ApproximateNumberOfMessages"));
    }
  };
}

function queueSizes(
  recording: Recording<unknown>,
  destinations: Destinations,
): (url: string, size: unknown) => void {
  const sizes = new Map<string, ReportedSize>();
  const forgetSize = (url: string): void => {
    const size = sizes.get(url);
    clearTimeout(size?.timer);
    size?.forget();
    sizes.delete(url);
  };
  recording.onEnd(() => {
    for (const url of sizes.keys()) forgetSize(url);
  });
  return (url, size) => {
    // The attribute is a string.
    if (typeof size !== "string" || !/^\d+$/.test(size)) return;
    const known = sizes.get(url);
    if (known === undefined && sizes.size >= MAX_SIZES) return;
    const forget = destinations.of(url).queueSize(Number(size));
    if (known === undefined) {
      const timer = setTimeout(() => forgetSize(url), MAX_SIZE_AGE_MILLIS).unref();
      sizes.set(url, { timer, forget });
    } else {
      known.timer.refresh();
      known.forget = forget;
    }
  };
}

/** Returns the queue name at the end of a URL or ARN; any other text is returned unchanged. */
export function queueNameFromUrl(url: string): string {
  const end = url.replace(/[?#].*$/, "").replace(/\/+$/, "");
  return end.slice(Math.max(end.lastIndexOf("/"), end.startsWith("arn:") ? end.lastIndexOf(":") : -1) + 1);
}

// The entries of a batch that the response lists as successful.
function succeeded(input: unknown, output: unknown): readonly unknown[] {
  const ids = new Set(listIn(output, "Successful").map((entry) => fieldOf(entry, "Id")));
  return listIn(input, "Entries").filter((entry) => ids.has(fieldOf(entry, "Id")));
}

interface UnsettledMessage {
  readonly id: unknown;
  readonly queue: ConsumedQueue;
  readonly startMillis: number;
}

// Received messages by receipt handle: at most 10,000, at most 12 hours old. The oldest is dropped first.
class Unsettled {
  readonly #byHandle = new Map<string, UnsettledMessage>();
  readonly #handleById = new Map<unknown, string>();

  // Adds a received message. A known id means that the message was not deleted in time and was delivered again.
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

  // Settles a message: deleted means processed, returned means that its processing failed.
  settled(handle: unknown, isReturned: boolean): void {
    const message = this.#forget(handle);
    if (message === undefined) return;
    const { queue, startMillis } = message;
    queue.destination.processed((performance.now() - startMillis) / 1000, isReturned ? RETURNED : undefined);
    if (isReturned) queue.retried();
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
      if (this.#byHandle.size < MAX_MESSAGES && nowMillis - startMillis < MAX_MESSAGE_MILLIS) return;
      this.#forget(handle);
    }
  }
}
