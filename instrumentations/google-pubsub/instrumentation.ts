import { ClientOperations } from "../shared/client-operations.ts";
import { type ConsumedQueue, type ConsumedQueues, Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { type UnsettledMessages, unsettledMessages } from "../shared/unsettled-messages.ts";
import { FILE } from "./index.ts";

const REFUSED = { name: "nack" };

/** Records the messages that clients of the `@google-cloud/pubsub` package publish and receive from subscriptions. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "gcp.pubsub", nameOf: lastPart });
  const { queues, unsettled } = unsettledMessages(recording, destinations);
  return (exports, { path }) => {
    if (path === FILE.queues) watchPublished(recording, destinations, prototypeOf(exports, "MessageQueue"));
    else if (path === FILE.subscriber) {
      watchReceived(recording, queues, unsettled, prototypeOf(exports, "Subscriber"));
    } else {
      // After the longest extension of its lease a message is delivered again, to any subscriber.
      recording.before(prototypeOf(exports, "LeaseManager"), "remove", (_, message) => {
        unsettled.dropped(fieldOf(message, "ackId"));
      });
    }
  };
}

// Both queues of a topic, with and without order, send their batches by this method.
function watchPublished(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  messageQueue: object,
): void {
  const operations = new ClientOperations(recording, destinations);
  recording.outcome(messageQueue, "_publish", (self, [messages]) => {
    const topic = fieldOf(fieldOf(self, "publisher"), "topic");
    const destination = fieldOf(topic, "name");
    if (typeof destination !== "string" || !Array.isArray(messages) || messages.length === 0) return {};
    const address = fieldOf(fieldOf(fieldOf(topic, "pubsub"), "options"), "servicePath");
    return operations.begun(
      { name: "send", type: "send", destination, address },
      { fulfilled: () => destinations.of(destination).sent(messages.length) },
    );
  });
}

function watchReceived(
  recording: Recording<MessagingConfig>,
  consumed: ConsumedQueues,
  unsettled: UnsettledMessages,
  subscriber: object,
): void {
  const queues = new WeakMap<object, ConsumedQueue>();
  const queueOf = (self: unknown): ConsumedQueue | undefined => {
    if (!isObject(self)) return undefined;
    const name = fieldOf(self, "name");
    const queue = queues.get(self) ?? (typeof name === "string" ? consumed.of(name) : undefined);
    if (queue !== undefined) queues.set(self, queue);
    return queue;
  };
  recording.before(subscriber, "emit", (self, event, message) => {
    if (event !== "message") return;
    const queue = queueOf(self);
    if (queue === undefined || !isObject(self)) return;
    queue.destination.received();
    const id = `${String(fieldOf(message, "id"))} ${String(fieldOf(self, "name"))}`;
    unsettled.received(fieldOf(message, "ackId"), id, queue, self)?.retried();
  });
  // A closed subscriber may leave its messages: they are delivered again, to any subscriber. The first call may wait for its
  // messages, in which time its stream calls again.
  recording.outcome(subscriber, "close", (self) =>
    isObject(self) && fieldOf(self, "isOpen") === true ? { fulfilled: () => unsettled.droppedOf(self) } : {},
  );
  for (const name of ["ack", "ackWithResponse"]) {
    recording.before(subscriber, name, (_, message) => {
      unsettled.settled(fieldOf(message, "ackId"));
    });
  }
  for (const name of ["nack", "nackWithResponse"]) {
    recording.before(subscriber, name, (_, message) => {
      unsettled.settled(fieldOf(message, "ackId"), REFUSED)?.retried();
    });
  }
}

// Full names are `projects/<project>/topics/<topic>` and `projects/<project>/subscriptions/<subscription>`.
function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
