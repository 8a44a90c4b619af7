// The messages of the `mqtt` package's clients, found by what they emit.
import type { BoundDestination } from "../../src/facades/index.ts";
import { replaceMethod } from "../../src/facades/replace-method.ts";
import {
  type Attach,
  Destinations,
  type HookedFile,
  LibraryInstrumentation,
  type MessagingHookConfig,
  type Recording,
} from "../hooking/index.ts";
import { deliver } from "./delivery.ts";
import { LiveClients } from "./live-clients.ts";
import { topicTemplate } from "./topic-template.ts";

const SYSTEM = "mqtt";

/** `destination` names a topic; default: the topic with `+` in place of each level that looks like an id. */
export type MqttInstrumentationConfig = MessagingHookConfig;

/**
 * Records what the clients of the `mqtt` package send, receive, process and hold back.
 *
 * @example
 * new MqttInstrumentation({ messaging, destination: (topic) => topic.split("/")[0] ?? "" });
 */
export class MqttInstrumentation extends LibraryInstrumentation<MqttInstrumentationConfig> {
  constructor(config: MqttInstrumentationConfig = {}) {
    super("mqtt", config);
  }

  // An inner file, since a hook of `require` sees those also where an ES module imports the package.
  protected override files(): readonly HookedFile[] {
    return [{ library: "mqtt", path: "build/lib/client.js", versions: [">=5.0.2 <6"] }];
  }

  protected override begin(recording: Recording<MqttInstrumentationConfig>): Attach {
    const messages = new Messages(recording);
    return (exports) => messages.attachTo(clientPrototypeOf(exports));
  }
}

class Messages {
  readonly #recording: Recording<MqttInstrumentationConfig>;
  readonly #clients = new LiveClients();
  readonly #destinations: Destinations;

  constructor(recording: Recording<MqttInstrumentationConfig>) {
    this.#recording = recording;
    this.#destinations = new Destinations(recording, { system: SYSTEM, nameOf: topicTemplate });
    const system = { "messaging.system": SYSTEM };
    const backlog = (): number => this.#clients.backlog();
    recording.onEnd(this.#destinations.messaging.queueSize(undefined, backlog, system));
  }

  // The clients' `emit` instead of listeners of ours: nobody's `listenerCount` changes, and the time that the
  // application's listeners take is the time that `emit` takes.
  attachTo(prototype: object): void {
    const defaultHandleMessage: unknown = Reflect.get(prototype, "handleMessage");
    const remove = replaceMethod(prototype, "emit", (emit, [event, ...values], client) => {
      if (typeof client !== "object" || client === null) return emit();
      if (event !== "message") {
        this.#recording.safely(() => this.#observe(client, event, values[0]));
        return emit();
      }
      const destination = this.#recording.safely(() => this.#received(values[0]));
      return destination === undefined
        ? emit()
        : deliver({ client, destination, emit, defaultHandleMessage });
    });
    if (remove !== undefined) this.#recording.onEnd(remove);
  }

  #observe(client: object, event: unknown, packet: unknown): void {
    if (event === "packetsend") {
      const topic = this.#clients.of(client).newTopicSent(packet);
      if (topic !== undefined) this.#destinations.of(topic).sent();
    } else if (event === "packetreceive") this.#clients.of(client).received(packet);
    else if (event === "connect") this.#clients.of(client).connected();
    else if (event === "end") this.#clients.ended(client);
  }

  #received(topic: unknown): BoundDestination | undefined {
    if (typeof topic !== "string") return undefined;
    const destination = this.#destinations.of(topic);
    destination.received();
    return destination;
  }
}

function clientPrototypeOf(exports: unknown): object {
  const client: unknown =
    typeof exports === "object" && exports !== null && "default" in exports ? exports.default : undefined;
  const prototype: unknown = typeof client === "function" ? client.prototype : undefined;
  if (typeof prototype === "object" && prototype !== null) return prototype;
  throw new TypeError("it exports no class of clients as default");
}
