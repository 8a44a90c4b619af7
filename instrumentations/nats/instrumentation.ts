import type { BoundDestination } from "../../src/facades/index.ts";
import type { Wrap } from "../../src/recording/replace-method.ts";
import { deliver } from "../shared/deliver.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isRecord } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import type { MessagingConfig } from "../shared/options.ts";
import { reconnectsOf } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { measureIteration, recordIterations } from "./iteration.ts";
import { NATS, Subjects } from "./subjects.ts";
import { ITERATORS } from "./index.ts";

// Those that the application iterates. They live on when the instrumentation ends and begins anew.
const subscriptions = new LiveObjects<Subscription>();

/**
 * Records what the clients of NATS publish, are delivered, process and have waiting, and their reconnects, by what their
 * protocol handler is asked to send and gets: those of `@nats-io/transport-node`, and of `nats` 2.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const subjects = new Subjects(recording);
  const system = { "messaging.system": NATS };
  const { messaging } = subjects.destinations;
  recordIterations({ subjects, recording });
  recording.onEnd(messaging.queueSize(undefined, pending, system));
  const reconnected = reconnectsOf(recording, NATS);
  return (exports, file) => {
    if (ITERATORS.some((iterators) => isSameFile(iterators, file))) {
      const iterators = prototypeOf(exports, "QueuedIteratorImpl");
      recording.after(iterators, Symbol.asyncIterator, (_self, _args, made) => measureIteration(made));
      return;
    }
    const prototype = prototypeOf(exports, "ProtocolHandler");
    // It throws for what cannot be sent.
    recording.after(prototype, "publish", (connection, [subject]) =>
      subjects.of(subject, connection)?.sent(),
    );
    recording.wrap(prototype, "processMsg", countDelivered(recording, subjects));
    recording.before(prototype, "subscribe", (_, [subscription]) => {
      // With a callback nothing waits; the client's own one for replies has one, too.
      const isIterated = isSubscription(subscription) && !Object.hasOwn(subscription, "callback");
      if (isIterated) subscriptions.add(subscription);
    });
    recording.before(prototype, "dispatchStatus", (_, [status]) => {
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

// How many messages wait for the application to ask for them.
function pending(): number {
  let sum = 0;
  for (const subscription of subscriptions) {
    if (subscription.isClosed() === true) subscriptions.delete(subscription);
    else sum += Number(subscription.getPending());
  }
  return sum;
}

// Calls the subscription's callback, or puts the message where the application's loop finds it.
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
          // JetStream's own callbacks only put messages where the application's loop finds them.
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
