// Records messages from the responses to commands.
import type { Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { unsettledMessages } from "../shared/unsettled-messages.ts";

// Queue sizes are taken from the application's own requests, since each request costs money. A size not requested
// again within this time is dropped as stale.
const MAX_SIZE_AGE_MILLIS = 300_000;
const MAX_SIZES = 1_000;

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
  const { queues, unsettled } = unsettledMessages(recording, destinations);
  const noteSize = queueSizes(recording, destinations);
  const received = (url: string, messages: readonly unknown[]): void => {
    if (messages.length === 0) return;
    const queue = queues.of(url);
    queue.destination.received(messages.length);
    for (const message of messages) {
      unsettled.received(fieldOf(message, "ReceiptHandle"), fieldOf(message, "MessageId"), queue)?.retried();
    }
  };
  const deleted = (entry: unknown): void => void unsettled.settled(fieldOf(entry, "ReceiptHandle"));
  // A visibility timeout of 0 returns the message to the queue; any other value extends its processing time.
  const visibleIn = (entry: unknown): void => {
    if (fieldOf(entry, "VisibilityTimeout") !== 0) return;
    unsettled.settled(fieldOf(entry, "ReceiptHandle"), RETURNED)?.retried();
  };
  return (command, output) => {
    const input = fieldOf(command, "input");
    const url = fieldOf(input, "QueueUrl");
    if (typeof url !== "string" || !isObject(command)) return;
    switch (commandName(command)) {
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

/** The name of a command's class: `SendMessageCommand`. Bundlers rename classes, but not the operation, which newer versions have. */
export function commandName(command: object): string {
  const operation = listIn(command, "schema")[2];
  return typeof operation === "string" ? `${operation}Command` : command.constructor.name;
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
