import type { BoundDestination } from "../../src/facades/index.ts";
import { wrapMethod } from "../../src/recording/replace-method.ts";
import { delivered, deliveredInPart, delivering, undelivered } from "../shared/deliver.ts";
import { ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isRecord } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { once } from "../shared/once.ts";
import { type Callback, isCallback, seenCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import { Reconnects } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { MqttClient, topicTemplate } from "./client.ts";

const SYSTEM = "mqtt";

// Clients, and those in use. They outlive the instrumentation being disabled and enabled again.
const known = new WeakMap<object, MqttClient>();
const live = new LiveObjects<MqttClient>();

/**
 * Records the messages that clients of the `mqtt` package send, receive, process and hold back, by the events they
 * emit.
 */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: SYSTEM, nameOf: topicTemplate });
  const observe = observer(recording, destinations);
  const measure = publishing(recording, destinations);
  // Replaces `emit` instead of adding listeners: no `listenerCount` changes, and the duration of `emit` is that of
  // the application's listeners.
  return (exports) => {
    const prototype = prototypeOf(exports);
    recording.wrap(prototype, "publish", (publish) => {
      return function (...args) {
        const [topic, , options, callback] = args;
        // Without acknowledgement there is no response to wait for.
        const isAcknowledged = Number(fieldOf(options, "qos")) > 0;
        // While it disconnects, the client emits an error if there is no callback.
        const isRefused = !isCallback(callback) && fieldOf(this, "disconnecting") === true;
        const measured = isAcknowledged && !isRefused ? measure(this, topic, callback) : undefined;
        return Reflect.apply(publish, this, measured === undefined ? args : [...args.slice(0, 3), measured]);
      };
    });
    const defaultHandleMessage: unknown = Reflect.get(prototype, "handleMessage");
    recording.wrap(prototype, "emit", (emit) => {
      return function (...args) {
        if (!isRecord(this)) return Reflect.apply(emit, this, args);
        let received: BoundDestination | undefined;
        try {
          received = observe(this, args[0], args[1]);
        } catch (error) {
          recording.failed(error);
        }
        if (received === undefined) return Reflect.apply(emit, this, args);
        received.received();
        const delivery = delivering();
        let hasListeners: unknown;
        try {
          // Inlined here: a separate function would allocate an array for the arguments.
          hasListeners = Reflect.apply(emit, this, args);
        } catch (error) {
          delivered(delivery, received, error ?? "undefined");
          throw error;
        }
        if (this["handleMessage"] !== defaultHandleMessage) {
          settleAfterHandleMessage(this, deliveredInPart(delivery, received));
        } else if (hasListeners === false) undelivered(delivery);
        else delivered(delivery, received);
        return hasListeners;
      };
    });
  };
}

// Returns a function that begins to publish, and returns the callback that shall be called with the acknowledgement.
function publishing(
  recording: Recording<unknown>,
  destinations: Destinations,
): (client: unknown, topic: unknown, callback: unknown) => Callback | undefined {
  const operations = new ClientOperations(recording, destinations);
  return (client, topic, callback) =>
    recording.safely(() => {
      if (typeof topic !== "string") return undefined;
      const options = fieldOf(client, "options");
      // The host of a URL contains the port in older versions.
      const address = fieldOf(options, "hostname") ?? fieldOf(options, "host");
      const port = Number(fieldOf(options, "port"));
      const operation = { name: "publish", type: "send", destination: topic, address, port } as const;
      return operations.calledBack(operation, callback);
    });
}

// Returns a function that receives each event of each client, and returns the destination of a message delivered to
// the application.
function observer(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
): (client: object, event: unknown, value: unknown) => BoundDestination | undefined {
  const reconnects = new Reconnects(recording, SYSTEM);
  const backlog = (): number => {
    let sum = 0;
    for (const client of live) sum += client.backlog();
    return sum;
  };
  const observeBacklog = once(() =>
    recording.onEnd(
      destinations.messaging.queueSize(undefined, backlog, { "messaging.system.name": SYSTEM }),
    ),
  );
  // Those of an earlier start.
  for (const _ of live) observeBacklog();
  // A client is live from its first event until `end`.
  const clientOf = (given: object): MqttClient => {
    let client = known.get(given);
    if (client === undefined) known.set(given, (client = new MqttClient(given)));
    if (!client.isLive) live.add(client);
    observeBacklog();
    client.isLive = true;
    return client;
  };
  const ended = (given: object): void => {
    const client = known.get(given);
    if (client === undefined) return;
    live.delete(client);
    client.isLive = false;
  };
  return (client, event, value) => {
    switch (event) {
      case "message":
        return typeof value === "string" ? destinations.of(value) : undefined;
      case "packetsend": {
        const topic = clientOf(client).newTopicSent(value);
        if (topic !== undefined) destinations.of(topic).sent();
        break;
      }
      case "packetreceive":
        clientOf(client).received(value);
        break;
      case "connect":
        clientOf(client).connected();
        reconnects.connected(client);
        break;
      case "end":
        ended(client);
        reconnects.ended(client);
    }
    return undefined;
  };
}

// Calls `settle` when the application's own `handleMessage` calls back or throws. The client calls it right after the
// listeners; it is replaced only for that same turn.
function settleAfterHandleMessage(client: object, settle: (error?: unknown) => void): void {
  const remove = wrapMethod(client, "handleMessage", (handleMessage) => {
    return function (packet, callback, ...rest) {
      remove();
      const settling = isCallback(callback) ? seenCallback(callback, settle) : callback;
      try {
        return Reflect.apply(handleMessage, this, [packet, settling, ...rest]);
      } catch (error) {
        settle(error ?? "undefined");
        throw error;
      }
    };
  });
  queueMicrotask(remove);
}
