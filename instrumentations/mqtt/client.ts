// One MQTT client: which of its packets are new, and what it holds back.
import { fieldOf, isRecord, listIn } from "../shared/fields.ts";
import { nameTemplate } from "../shared/names.ts";

// As event `packetsend` carries it.
interface PublishPacket {
  readonly cmd: "publish";
  readonly topic: string;
  readonly qos?: unknown;
  readonly messageId?: unknown;
  readonly properties?: unknown;
}

/** One client of the `mqtt` package, seen through its events and its public fields. */
export class MqttClient {
  /** Whether it is in use. */
  isLive = false;
  readonly #client: object;
  // Message ids that were sent and not acknowledged: at most 65,535, the protocol's own limit.
  readonly #unacknowledged = new Set<unknown>();
  // A client may send a topic once, with a number, and only the number from then on.
  readonly #topicsByAlias = new Map<number, string>();
  // From the broker's greeting to the event `connect` the client sends what its store holds, and nothing else.
  #isReplaying = false;

  constructor(client: object) {
    this.#client = client;
  }

  /** Event `packetreceive`. */
  received(packet: unknown): void {
    const cmd = fieldOf(packet, "cmd");
    if (cmd === "connack") this.#isReplaying = true;
    else if (cmd === "puback" || cmd === "pubrec") this.#unacknowledged.delete(fieldOf(packet, "messageId"));
  }

  /** Event `connect`. */
  connected(): void {
    this.#isReplaying = false;
  }

  /** Event `packetsend`: the topic of a message that is sent for the first time, else `undefined`. */
  newTopicSent(packet: unknown): string | undefined {
    if (!isPublish(packet)) return undefined;
    const topic = this.#topicOf(packet);
    if (packet.qos !== 1 && packet.qos !== 2) return topic;
    if (this.#isReplaying && this.#unacknowledged.has(packet.messageId)) return undefined;
    this.#unacknowledged.add(packet.messageId);
    return topic;
  }

  /** Messages that the application has published and that are neither sent nor, with QoS 1 and 2, acknowledged. */
  backlog(): number {
    const queued = listIn(this.#client, "queue").filter((entry) => isPublish(fieldOf(entry, "packet")));
    const outgoing = Object.values(Object(fieldOf(this.#client, "outgoing")));
    // Subscriptions wait there too, and are the volatile ones.
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

/** `topic` with `+`, MQTT's own sign for any one level, in place of each level that looks like an id. */
export function topicTemplate(topic: string): string {
  return nameTemplate(topic, SIGNS);
}
