import type { BoundDestination } from "../../src/facades/index.ts";
import type { Wrap } from "../../src/recording/replace-method.ts";
import { deliver } from "../shared/deliver.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isRecord } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { once } from "../shared/once.ts";
import type { MessagingConfig } from "../shared/options.ts";
import { reconnectsOf } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { measureIteration, recordIterations } from "./iteration.ts";
import { NATS, Subjects } from "./subjects.ts";
import { ITERATORS } from "./index.ts";

// Subscriptions that the application iterates. They outlive the instrumentation being disabled and enabled again.
const subscriptions = new LiveObjects<Subscription>();

/**
 * Records the messages that NATS clients publish, receive, process and have pending, and their reconnects. It patches
 * the protocol handlers of `@nats-io/transport-node` and `nats` 2.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const subjects = new Subjects(recording);
  const system = { "messaging.system.name": NATS };
  const { messaging } = subjects.destinations;
  recordIterations({ subjects, recording });
  const observePending = once(() => recording.onEnd(messaging.queueSize(undefined, pending, system)));
  // Those of an earlier start.
  for (const _ of subscriptions) observePending();
  const reconnected = reconnectsOf(recording, NATS);
  return (exports, file) => {
    if (ITERATORS.some((iterators) => isSameFile(iterators, file))) {
      const iterators = prototypeOf(exports, "QueuedIteratorImpl");
      recording.after(iterators, Symbol.asyncIterator, (_self, made) => measureIteration(made));
      return;
    }
    const prototype = prototypeOf(exports, "ProtocolHandler");
    // The method throws if the message cannot be sent.
    recording.after(prototype, "publish", (connection, _result, subject) =>
      subjects.of(subject, connection)?.sent(),
    );
    recording.wrap(prototype, "processMsg", countDelivered(recording, subjects));
    recording.before(prototype, "subscribe", (_, subscription) => {
      observePending();
      // Subscriptions with a callback have no pending messages; the client's own subscription for replies has a
      // callback too.
      const isIterated = isSubscription(subscription) && !Object.hasOwn(subscription, "callback");
      if (isIterated) subscriptions.add(subscription);
    });
    recording.before(prototype, "dispatchStatus", (_, status) => {
      if (fieldOf(status, "type") === "reconnect") reconnected();
    });
  };
}

/** A subscription that the application iterates. */
interface Subscription {
  getPending(): unknown;
  isClosed(): unknown;
}

function isSubscription(value: unknown): value is Subscription {
  return hasMethods(value, "getPending", "isClosed");
}

// Returns the number of messages that wait until the application requests them.
function pending(): number {
  let sum = 0;
  for (const subscription of subscriptions) {
    if (subscription.isClosed() === true) subscriptions.delete(subscription);
    else sum += Number(subscription.getPending());
  }
  return sum;
}

// Calls the subscription's callback, or queues the message for the application's loop.
function countDelivered(recording: Recording<unknown>, subjects: Subjects): Wrap {
  return (processMsg) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      let hasCallback = false;
      try {
        const message = args[0];
        const subscription = isRecord(message) ? subscriptionOf(this, message["sid"]) : undefined;
        if (subscription !== undefined && isRecord(message)) {
          destination = subjects.ofBytes(message["subject"], subscription);
          // JetStream's own callbacks only queue messages for the application's loop.
          hasCallback =
            subscription["noIterator"] === true && !subjects.isInbox(subscription["subject"], this);
        }
      } catch (error) {
        recording.failed(error);
      }
      if (destination === undefined) return Reflect.apply(processMsg, this, args);
      destination.received();
      if (!hasCallback) return Reflect.apply(processMsg, this, args);
      return deliver(destination, processMsg, this, args);
    };
}

function subscriptionOf(handler: unknown, id: unknown): Readonly<Record<PropertyKey, unknown>> | undefined {
  const all = isRecord(handler) ? handler["subscriptions"] : undefined;
  const subscription = hasMethods(all, "get") ? all.get(id) : undefined;
  return isRecord(subscription) ? subscription : undefined;
}
