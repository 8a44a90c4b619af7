// The messages that commands move, by their answers.
import { ConsumedQueues, type Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { MessagingConfig } from "../shared/option-sets.ts";
import type { Recording } from "../shared/recording.ts";
import { Unsettled } from "./unsettled.ts";

// The application asks for queues' sizes itself, since each request costs money. A size that was not asked for again in
// this time is no longer true.
const MAX_SIZE_AGE_MILLIS = 300_000;
const MAX_SIZES = 1_000;

interface ReportedSize {
  readonly timer: NodeJS.Timeout;
  forget: () => void;
}

/** Records the messages of all queues. */
export class Messages {
  readonly #destinations: Destinations;
  readonly #queues: ConsumedQueues;
  readonly #unsettled = new Unsettled();
  readonly #sizes = new Map<string, ReportedSize>();

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#destinations = destinations;
    this.#queues = new ConsumedQueues(recording, destinations);
    recording.onEnd(() => {
      for (const url of this.#sizes.keys()) this.#forgetSize(url);
    });
  }

  /** Records a command that has succeeded. */
  answered(command: unknown, output: unknown): void {
    const input = fieldOf(command, "input");
    const url = fieldOf(input, "QueueUrl");
    if (typeof url !== "string" || !isObject(command)) return;
    switch (command.constructor.name) {
      case "SendMessageCommand":
        return this.#destinations.of(url).sent();
      case "SendMessageBatchCommand":
        return this.#destinations.of(url).sent(listIn(output, "Successful").length);
      case "ReceiveMessageCommand":
        return this.#received(url, listIn(output, "Messages"));
      case "DeleteMessageCommand":
        return this.#unsettled.deleted(fieldOf(input, "ReceiptHandle"));
      case "DeleteMessageBatchCommand":
        for (const entry of succeeded(input, output))
          this.#unsettled.deleted(fieldOf(entry, "ReceiptHandle"));
        return;
      case "ChangeMessageVisibilityCommand":
        return this.#visibleIn(input);
      case "ChangeMessageVisibilityBatchCommand":
        for (const entry of succeeded(input, output)) this.#visibleIn(entry);
        return;
      case "GetQueueAttributesCommand":
        return this.#sized(url, fieldOf(fieldOf(output, "Attributes"), "ApproximateNumberOfMessages"));
    }
  }

  #received(url: string, messages: readonly unknown[]): void {
    if (messages.length === 0) return;
    const queue = this.#queues.of(url);
    queue.destination.received(messages.length);
    for (const message of messages) {
      this.#unsettled.received(fieldOf(message, "ReceiptHandle"), fieldOf(message, "MessageId"), queue);
    }
  }

  // 0 means that the application does not want the message, anything else that it wants more time.
  #visibleIn(entry: unknown): void {
    if (fieldOf(entry, "VisibilityTimeout") === 0) this.#unsettled.returned(fieldOf(entry, "ReceiptHandle"));
  }

  // A size comes as text.
  #sized(url: string, size: unknown): void {
    if (typeof size !== "string" || !/^\d+$/.test(size)) return;
    const known = this.#sizes.get(url);
    if (known === undefined && this.#sizes.size >= MAX_SIZES) return;
    const forget = this.#destinations.of(url).queueSize(Number(size));
    if (known === undefined) {
      const timer = setTimeout(() => this.#forgetSize(url), MAX_SIZE_AGE_MILLIS).unref();
      this.#sizes.set(url, { timer, forget });
    } else {
      known.timer.refresh();
      known.forget = forget;
    }
  }

  #forgetSize(url: string): void {
    const size = this.#sizes.get(url);
    clearTimeout(size?.timer);
    size?.forget();
    this.#sizes.delete(url);
  }
}

/** A queue's name, at the end of its URL or ARN; anything else is a name itself. */
export function queueNameFromUrl(url: string): string {
  const end = url.replace(/[?#].*$/, "").replace(/\/+$/, "");
  return end.slice(Math.max(end.lastIndexOf("/"), end.startsWith("arn:") ? end.lastIndexOf(":") : -1) + 1);
}

// The entries of a batch that the answer names.
function succeeded(input: unknown, output: unknown): readonly unknown[] {
  const ids = new Set(listIn(output, "Successful").map((entry) => fieldOf(entry, "Id")));
  return listIn(input, "Entries").filter((entry) => ids.has(fieldOf(entry, "Id")));
}
