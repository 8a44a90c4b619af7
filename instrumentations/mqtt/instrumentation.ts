// The messages of the `mqtt` package's clients, found by what they emit.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  delivered,
  deliveredInPart,
  delivering,
  Destinations,
  isRecord,
  LibraryInstrumentation,
  prototypeOf,
  Reconnects,
  type Recording,
  undelivered,
  wrapMethod,
} from "../shared/index.ts";
import { topicTemplate } from "./client.ts";
import { LiveClients } from "./live-clients.ts";
import { mqtt, type MqttInstrumentationConfig } from "./index.ts";

const SYSTEM = "mqtt";

/**
 * Records what the clients of the `mqtt` package send, receive, process and hold back.
 *
 * @example
 * new MqttInstrumentation({ messaging, destination: (topic) => topic.split("/")[0] ?? "" });
 */
export class MqttInstrumentation extends LibraryInstrumentation<MqttInstrumentationConfig> {
  constructor(config: MqttInstrumentationConfig = {}) {
    super(mqtt, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<MqttInstrumentationConfig>): Attach {
  const messages = new Messages(recording);
  return (exports) => messages.attachTo(prototypeOf(exports));
}

class Messages {
  readonly #recording: Recording<MqttInstrumentationConfig>;
  readonly #clients = new LiveClients();
  readonly #destinations: Destinations;
  readonly #reconnects: Reconnects;

  constructor(recording: Recording<MqttInstrumentationConfig>) {
    this.#recording = recording;
    this.#destinations = new Destinations(recording, {
      system: SYSTEM,
      nameOf: topicTemplate,
    });
    this.#reconnects = new Reconnects(recording, SYSTEM);
    const system = { "messaging.system": SYSTEM };
    const backlog = (): number => this.#clients.backlog();
    recording.onEnd(this.#destinations.messaging.queueSize(undefined, backlog, system));
  }

  // The clients' `emit` instead of listeners of ours: no `listenerCount` changes, and the application's listeners take the
  // time that `emit` takes.
  attachTo(prototype: object): void {
    const defaultHandleMessage: unknown = Reflect.get(prototype, "handleMessage");
    const recording = this.#recording;
    const observe = (client: object, event: unknown, value: unknown): BoundDestination | undefined =>
      this.#observe(client, event, value);
    recording.wrap(
      prototype,
      "emit",
      (emit) =>
        function (...args) {
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
            // Not in another function, for which the arguments would be allocated as an array.
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
        },
    );
  }

  // Returns the destination of a message to the application.
  #observe(client: object, event: unknown, value: unknown): BoundDestination | undefined {
    switch (event) {
      case "message":
        return typeof value === "string" ? this.#destinations.of(value) : undefined;
      case "packetsend": {
        const topic = this.#clients.of(client).newTopicSent(value);
        if (topic !== undefined) this.#destinations.of(topic).sent();
        break;
      }
      case "packetreceive":
        this.#clients.of(client).received(value);
        break;
      case "connect":
        this.#clients.of(client).connected();
        this.#reconnects.connected(client);
        break;
      case "end":
        this.#clients.ended(client);
        this.#reconnects.ended(client);
    }
    return undefined;
  }
}

type Settle = (error?: unknown) => void;

// Calls `settle` when the application's own `handleMessage`, which the client calls right after the listeners, calls back
// or throws. For that long, which is the same turn, the client has ours.
function settleAfterHandleMessage(client: object, settle: Settle): void {
  const remove = wrapMethod(
    client,
    "handleMessage",
    (handleMessage) =>
      function (packet, callback, ...rest) {
        remove();
        try {
          return Reflect.apply(handleMessage, this, [packet, settlingCallback(callback, settle), ...rest]);
        } catch (error) {
          settle(error ?? "undefined");
          throw error;
        }
      },
  );
  queueMicrotask(remove);
}

function settlingCallback(callback: unknown, settle: Settle): unknown {
  if (typeof callback !== "function") return callback;
  return function (this: unknown, ...args: readonly unknown[]): unknown {
    settle(args[0]);
    return Reflect.apply(callback, this, args);
  };
}
