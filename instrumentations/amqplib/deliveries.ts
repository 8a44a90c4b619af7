// Delivered and fetched messages, which are then acknowledged or refused.
import type { Method } from "../../src/recording/replace-method.ts";
import { delivered, delivering } from "../shared/deliver.ts";
import { type ConsumedQueue, ConsumedQueues, type Destinations } from "../shared/destinations.ts";
import { isObject } from "../shared/fields.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import { outlivingValues } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { Unsettled } from "./unsettled.ts";

// Wire ids of the methods of class 60, `basic`, and of class 50, `queue`.
const METHOD = {
  declare: 0x32_000a,
  declareOk: 0x32_000b,
  consume: 0x3c_0014,
  consumeOk: 0x3c_0015,
  cancel: 0x3c_001e,
  cancelOk: 0x3c_001f,
  get: 0x3c_0046,
  getOk: 0x3c_0047,
  ack: 0x3c_0050,
  reject: 0x3c_005a,
  recover: 0x3c_006e,
  recoverOk: 0x3c_006f,
  nack: 0x3c_0078,
} as const;

// Methods whose replies are read.
const ASKED: ReadonlySet<unknown> = new Set([
  METHOD.declare,
  METHOD.consume,
  METHOD.cancel,
  METHOD.get,
  METHOD.recover,
]);

// Arguments of the methods above. Any of them may be missing.
type Fields = Readonly<
  Partial<Record<"queue" | "noAck" | "consumerTag" | "deliveryTag" | "multiple" | "requeue", unknown>>
>;

interface Frame {
  readonly id?: unknown;
  readonly fields?: Fields;
}

// `error.type` of refused messages: the protocol carries no reason.
const NACK = { name: "nack" };
const REJECT = { name: "reject" };

interface Consumer {
  readonly queue: ConsumedQueue;
  /** Unsettled messages; `undefined` if the broker expects no acknowledgement. */
  readonly unsettled: Unsettled | undefined;
}

interface Channel {
  readonly consumers: Map<string, Consumer>;
  readonly unsettled: Unsettled;
}

interface Consumption {
  readonly queue: string;
  readonly isAcknowledged: boolean;
}

// Consumptions by channel and consumer tag. The broker sends the tag once, and consumers outlive the instrumentation.
const consumptions = new WeakMap<object, Map<string, Consumption>>();

// Channels until they are closed.
const channelsOf = outlivingValues<object, Channel>(({ unsettled }) => unsettled.clear());
// Messages of an earlier recording may have been settled before this one. By default, a broker closes channels that settle
// a message later than after half an hour.
const MAX_EARLIER_MILLIS = 3_600_000;

// The queue that each channel declared last. For the broker, an empty name means this queue.
const lastDeclared = new WeakMap<object, string>();

/** Records received messages and how they are settled. */
export class Deliveries {
  readonly #recording: Recording<MessagingConfig>;
  readonly #queues: ConsumedQueues;
  readonly #channels: Map<object, Channel>;
  // Messages of an earlier recording: those up to a tag.
  readonly #earlier: (readonly [messages: Unsettled, highestTag: number])[] = [];
  #lastChannel: object | undefined;
  #lastKnown: Channel | undefined;

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations) {
    this.#recording = recording;
    this.#channels = channelsOf(recording);
    for (const [channel, { consumers, unsettled }] of this.#channels) {
      // They have the queues of an earlier recording.
      consumers.clear();
      // A closed channel has its own, failing methods.
      if (Object.hasOwn(channel, "sendImmediately")) this.#closed(channel);
      else this.#earlier.push([unsettled, unsettled.highestTag]);
    }
    const endMillis = performance.now() + MAX_EARLIER_MILLIS;
    this.#queues = new ConsumedQueues(recording, destinations, () => {
      if (performance.now() < endMillis) return;
      for (const [unsettled, tag] of this.#earlier) unsettled.dropUpTo(tag);
      this.#earlier.length = 0;
    });
  }

  /**
   * @param channel the prototype of all channels.
   * @param consuming the prototype below it, which holds the consumers.
   */
  attachTo(channel: object, consuming: object): void {
    const recording = this.#recording;
    const consumerOf = (self: unknown, fields: unknown, message: unknown): Consumer | undefined =>
      this.#delivered(self, fields, message);
    recording.wrap(consuming, "dispatchMessage", (dispatch) => {
      return function (...args) {
        const consumer = consumerOf(this, args[0], args[1]);
        if (consumer === undefined) return Reflect.apply(dispatch, this, args);
        const { queue, unsettled } = consumer;
        const delivery = unsettled === undefined ? delivering() : 0;
        let result: unknown;
        try {
          result = Reflect.apply(dispatch, this, args);
        } catch (error) {
          const cause = error ?? "undefined";
          if (unsettled === undefined) delivered(delivery, queue.destination, cause);
          else unsettled.failed(deliveryTagOf(args[0]), cause);
          throw error;
        }
        if (unsettled === undefined) delivered(delivery, queue.destination);
        return result;
      };
    });
    recording.wrap(channel, "sendOrEnqueue", (sendOrEnqueue) => {
      const follow = (self: unknown, args: readonly unknown[]): Method | undefined =>
        recording.safely(() => this.#follow(self, args));
      return function (...args) {
        const reply = follow(this, args);
        return Reflect.apply(sendOrEnqueue, this, reply === undefined ? args : args.with(2, reply));
      };
    });
    recording.after(channel, "sendImmediately", (self, _result, method, fields) =>
      this.#settled(self, method, fields),
    );
    recording.before(channel, "toClosed", (self) => this.#closed(self));
  }

  #delivered(channel: unknown, fields: unknown, message: unknown): Consumer | undefined {
    try {
      const consumer = this.#consumerOf(channel, fields, message);
      consumer?.queue.destination.received();
      consumer?.unsettled?.add(deliveryTagOf(fields), consumer.queue);
      return consumer;
    } catch (error) {
      this.#recording.failed(error);
      return undefined;
    }
  }

  #consumerOf(channel: unknown, fields: unknown, message: unknown): Consumer | undefined {
    if (!isObject(channel) || !isObject(fields)) return undefined;
    const { consumerTag }: Fields = fields;
    if (typeof consumerTag !== "string") return undefined;
    // A missing message means that the broker has cancelled the consumer.
    if (message === null) return this.#cancelled(channel, consumerTag);
    const known = this.#knownChannel(channel)?.consumers.get(consumerTag);
    if (known !== undefined) return known;
    const before = consumptions.get(channel)?.get(consumerTag);
    return before === undefined ? undefined : this.#consuming(channel, consumerTag, before);
  }

  #consuming(channel: object, consumerTag: string, { queue, isAcknowledged }: Consumption): Consumer {
    const { consumers, unsettled } = this.#channelOf(channel);
    const consumer = { queue: this.#queues.of(queue), unsettled: isAcknowledged ? unsettled : undefined };
    consumers.set(consumerTag, consumer);
    return consumer;
  }

  #cancelled(channel: object, consumerTag: string): undefined {
    this.#channels.get(channel)?.consumers.delete(consumerTag);
    consumptions.get(channel)?.delete(consumerTag);
  }

  // Tracks replies. Those to `consume` and `get` lack the queue's name, which only the request contains.
  #follow(channel: unknown, [method, fields, reply]: readonly unknown[]): Method | undefined {
    if (!ASKED.has(method)) return undefined;
    if (!isObject(channel) || !isObject(fields) || !isCallback(reply)) return undefined;
    return seenCallback(reply, (_, frame) =>
      this.#recording.safely(() => isObject(frame) && this.#replied(channel, fields, frame)),
    );
  }

  #replied(channel: object, { queue: given, noAck }: Fields, { id, fields = {} }: Frame): void {
    const { consumerTag, deliveryTag, queue: declared } = fields;
    if (id === METHOD.cancelOk && typeof consumerTag === "string") this.#cancelled(channel, consumerTag);
    // The broker has requeued all unsettled messages of the channel, and delivers them again with new tags.
    if (id === METHOD.recoverOk) this.#channels.get(channel)?.unsettled.clear();
    if (id === METHOD.declareOk && typeof declared === "string") lastDeclared.set(channel, declared);
    const name = given === "" ? (lastDeclared.get(channel) ?? given) : given;
    if (typeof name !== "string") return;
    if (id === METHOD.consumeOk && typeof consumerTag === "string") {
      const consumption = { queue: name, isAcknowledged: noAck !== true };
      const ofChannel = consumptions.get(channel) ?? new Map<string, Consumption>();
      consumptions.set(channel, ofChannel.set(consumerTag, consumption));
      this.#consuming(channel, consumerTag, consumption);
    } else if (id === METHOD.getOk) {
      const { unsettled } = this.#channelOf(channel);
      const queue = this.#queues.of(name);
      queue.destination.received();
      if (noAck !== true && typeof deliveryTag === "number") unsettled.add(deliveryTag, queue);
    }
  }

  #settled(channel: unknown, method: unknown, fields: unknown): void {
    if (method !== METHOD.ack && method !== METHOD.nack && method !== METHOD.reject) return;
    if (!isObject(channel) || !isObject(fields)) return;
    const unsettled = this.#knownChannel(channel)?.unsettled;
    const { deliveryTag, multiple, requeue }: Fields = fields;
    if (unsettled === undefined || typeof deliveryTag !== "number") return;
    const error = method === METHOD.ack ? undefined : method === METHOD.nack ? NACK : REJECT;
    const isRequeued = error !== undefined && requeue === true;
    if (multiple === true) unsettled.settleUpTo(deliveryTag, error, isRequeued);
    else unsettled.settle(deliveryTag, error, isRequeued);
  }

  #closed(channel: unknown): void {
    if (!isObject(channel)) return;
    this.#channels.get(channel)?.unsettled.clear();
    this.#channels.delete(channel);
    consumptions.delete(channel);
    this.#lastChannel = this.#lastKnown = undefined;
  }

  // Usually the channel of the previous message.
  #knownChannel(channel: object): Channel | undefined {
    if (channel === this.#lastChannel) return this.#lastKnown;
    this.#lastKnown = this.#channels.get(channel);
    this.#lastChannel = this.#lastKnown === undefined ? undefined : channel;
    return this.#lastKnown;
  }

  #channelOf(channel: object): Channel {
    const known = this.#channels.get(channel) ?? { consumers: new Map(), unsettled: new Unsettled() };
    this.#channels.set(channel, known);
    return known;
  }
}

function deliveryTagOf(fields: unknown): number {
  const { deliveryTag }: Fields = isObject(fields) ? fields : {};
  return typeof deliveryTag === "number" ? deliveryTag : 0;
}
