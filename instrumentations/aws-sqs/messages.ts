// What commands and their answers tell of messages.
import {
  type Destinations,
  fieldOf,
  InFlightMessages,
  isObject,
  listIn,
  type MessagingConfig,
  type Recording,
  retriedCounter,
} from "../shared/index.ts";
import { ReportedQueueSizes } from "./reported-queue-sizes.ts";
import { type ReceivedFrom, Unsettled } from "./unsettled.ts";

/** Records the messages of all queues. */
export class Messages {
  readonly #destinations: Destinations;
  readonly #unsettled = new Unsettled();
  readonly #sizes: ReportedQueueSizes;
  readonly #of: (url: string) => ReceivedFrom;

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#destinations = destinations;
    this.#sizes = new ReportedQueueSizes(recording, destinations);
    const inFlight = new InFlightMessages(recording, destinations);
    const retried = retriedCounter(recording.meter);
    this.#of = (url) => ({
      destination: destinations.of(url),
      inFlight: inFlight.of(url),
      retried: () => retried.add(1, destinations.attributesOf(url)),
    });
  }

  /** To be told of a command that has succeeded. */
  answered(command: unknown, output: unknown): void {
    const input = objectIn(command, "input");
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
        return this.#sizes.told(url, fieldOf(objectIn(output, "Attributes"), "ApproximateNumberOfMessages"));
    }
  }

  #received(url: string, messages: readonly unknown[]): void {
    if (messages.length === 0) return;
    const queue = this.#of(url);
    queue.destination.received(messages.length);
    for (const message of messages) {
      this.#unsettled.received(fieldOf(message, "ReceiptHandle"), fieldOf(message, "MessageId"), queue);
    }
  }

  // At once means that the application does not want it, anything else that it wants more time.
  #visibleIn(entry: unknown): void {
    if (fieldOf(entry, "VisibilityTimeout") === 0) this.#unsettled.returned(fieldOf(entry, "ReceiptHandle"));
  }
}

// The entries of a batch that the answer names.
function succeeded(input: unknown, output: unknown): readonly unknown[] {
  const ids = new Set(listIn(output, "Successful").map((entry) => fieldOf(entry, "Id")));
  return listIn(input, "Entries").filter((entry) => ids.has(fieldOf(entry, "Id")));
}

function objectIn(value: unknown, key: string): object | undefined {
  const found = fieldOf(value, key);
  return isObject(found) ? found : undefined;
}
