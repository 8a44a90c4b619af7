// State of one MQTT client: which of its packets are new, and how many messages it holds back.
import { fieldOf, isRecord, listIn } from "../shared/fields.ts";
import { nameTemplate } from "../shared/names.ts";

// The packet of event `packetsend`.
interface PublishPacket {
  readonly cmd: "publish";
  readonly topic: string;
  readonly qos?: unknown;
  readonly messageId?: unknown;
  readonly properties?: unknown;
}

/** One client of the `mqtt` package, observed through its events and public fields. */
export class MqttClient {
  /** Whether the client is in use. */
  isLive = false;
  readonly #client: object;
  // Message ids that were sent and not acknowledged: at most 65,535, the limit of the protocol.
  readonly #unacknowledged = new Set<unknown>();
  // A client may send a topic once with an alias, and only the alias afterwards.
  readonly #topicsByAlias = new Map<number, string>();
  // Between the broker's CONNACK and the event `connect`, the client sends only packets from its store.
  #isReplaying = false;

  constructor(client: object) {
    this.#client = client;
  }

  /** Handles event `packetreceive`. */
  received(packet: unknown): void {
    const cmd = fieldOf(packet, "cmd");
    if (cmd === "connack") this.#isReplaying = true;
    else if (cmd === "puback" || cmd === "pubrec") this.#unacknowledged.delete(fieldOf(packet, "messageId"));
  }

  /** Handles event `connect`. */
  connected(): void {
    this.#isReplaying = false;
  }

  /** Handles event `packetsend`: returns the topic of a message that is sent for the first time, else `undefined`. */
  newTopicSent(packet: unknown): string | undefined {
    if (!isPublish(packet)) return undefined;
    const topic = this.#topicOf(packet);
    if (packet.qos !== 1 && packet.qos !== 2) return topic;
    if (this.#isReplaying && this.#unacknowledged.has(packet.messageId)) return undefined;
    this.#unacknowledged.add(packet.messageId);
    return topic;
  }

  /** Returns the number of published messages that were not sent or, with QoS 1 and 2, not acknowledged. */
  backlog(): number {
    // It may have ended while the instrumentation was disabled.
    if (fieldOf(this.#client, "disconnected") === true) return 0;
    const queued = listIn(this.#client, "queue").filter((entry) => isPublish(fieldOf(entry, "packet")));
    const outgoing = Object.values(Object(fieldOf(this.#client, "outgoing")));
    // Subscriptions wait in the same place; they are the volatile entries.
    const unsettled = outgoing.filter((entry) => fieldOf(entry, "volatile") === false);
    return queued.length + unsettled.length;
  }

  #topicOf(packet: PublishPacket): string | undefined {
    if (packet.properties === undefined) return packet.topic;
    const alias = fieldOf(packet.properties, "topicAlias");
    if (typeof alias !== "number") return packet.topic;
    if (packet.topic === "") return this.#topicsByAlias.get(alias);
    this.#topicsByAlias.set(alias, packet.topic);
    return packet.topic;
  }
}

function isPublish(packet: unknown): packet is PublishPacket {
  return isRecord(packet) && packet["cmd"] === "publish" && typeof packet["topic"] === "string";
}

const SIGNS = { parts: /[^/]+/g, any: "+", tooLong: "#" };

/** Returns `topic` with `+`, MQTT's single-level wildcard, in place of each level that looks like an id. */
export function topicTemplate(topic: string): string {
  return nameTemplate(topic, SIGNS);
}
