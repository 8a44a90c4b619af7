// The messages of NATS, by what its clients' protocol handler is asked to send and gets.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  deliver,
  isObject,
  isRecord,
  LibraryInstrumentation,
  type Method,
  prototypeOf,
  reconnectCounter,
  type Recording,
} from "../shared/index.ts";
import { measureIteration, recordIterations } from "./iteration.ts";
import { NATS, Subjects } from "./subjects.ts";
import { Subscriptions } from "./subscriptions.ts";
import { ITERATORS, nats, type NatsInstrumentationConfig } from "./index.ts";

// They live on when the instrumentation ends and begins anew.
const subscriptions = new Subscriptions();

/**
 * Records what the clients of NATS publish, are delivered, process and have waiting, and their reconnects: those of
 * `@nats-io/transport-node`, and of `nats` 2.
 *
 * @example
 * new NatsInstrumentation({ messaging, destination: (subject) => subject.split(".")[0] ?? "" });
 */
export class NatsInstrumentation extends LibraryInstrumentation<NatsInstrumentationConfig> {
  constructor(config: NatsInstrumentationConfig = {}) {
    super(nats, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<NatsInstrumentationConfig>): Attach {
  const subjects = new Subjects(recording);
  const system = { "messaging.system": NATS };
  const { messaging } = subjects.destinations;
  recordIterations({ subjects, recording });
  recording.onEnd(messaging.queueSize(undefined, () => subscriptions.pending(), system));
  const reconnects = reconnectCounter(recording.meter);
  return (exports, file) => {
    if (ITERATORS.includes(file)) {
      const prototype = prototypeOf(exports, "QueuedIteratorImpl");
      recording.wrap(prototype, Symbol.asyncIterator, measureIterations(recording));
      return;
    }
    const prototype = prototypeOf(exports, "ProtocolHandler");
    recording.wrap(prototype, "publish", countSent(recording, subjects));
    recording.wrap(prototype, "processMsg", countDelivered(recording, subjects));
    recording.before(prototype, "subscribe", (_, [made]) => subscriptions.made(made));
    recording.before(prototype, "dispatchStatus", (_, [status]) => {
      if (isObject(status) && Reflect.get(status, "type") === "reconnect") reconnects.add(1, system);
    });
  };
}

function countSent(recording: Recording<unknown>, subjects: Subjects): (original: Method) => Method {
  return (publish) =>
    function (...args) {
      // It throws for what cannot be sent.
      const result = Reflect.apply(publish, this, args);
      try {
        subjects.of(args[0], this)?.sent();
      } catch (error) {
        recording.failed(error);
      }
      return result;
    };
}

// Calls the subscription's callback, or puts the message where the application's loop finds it.
function countDelivered(recording: Recording<unknown>, subjects: Subjects): (original: Method) => Method {
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
  if (!hasGet(all)) return undefined;
  const subscription = all.get(id);
  return isRecord(subscription) ? subscription : undefined;
}

function hasGet(value: unknown): value is { get(id: unknown): unknown } {
  return isRecord(value) && typeof value["get"] === "function";
}

function measureIterations(recording: Recording<unknown>): (original: Method) => Method {
  return (iterate) =>
    function (...args) {
      const iterator = Reflect.apply(iterate, this, args);
      recording.safely(() => measureIteration(iterator));
      return iterator;
    };
}
