/**
 * The part of Azure Service Bus that the tests need, over its real protocol, AMQP 1.0. Microsoft's own emulator needs
 * Docker.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import {
  type Connection,
  create_container,
  type EventContext,
  message as amqp,
  type Message,
  type Sender,
  types,
} from "rhea";
import { reapLater } from "../kit/process.ts";

/** A running service. It ends with the test (or file) that started it. */
export interface SmallServiceBus {
  readonly connectionString: string;
  /** Number of messages of a queue that are not settled. */
  unsettled(queue: string): number;
  /** Ends the locks of a queue's messages. They are delivered again at the next attempt to settle them. */
  loseLocks(queue: string): void;
}

interface Stored {
  readonly content: Message;
  readonly sequenceNumber: number;
  deliveryCount: number;
}

const CBS = "$cbs";
const MANAGEMENT = "/$management";
const LOCK_MILLIS = 60_000;
const BATCH_FORMAT = 0x80013700;
// The end of a session's lock, in units of 100 ns since the year 1.
const LOCKED_UNTIL = types.wrap_long(Buffer.from("08e0000000000000", "hex"));

const ACCEPTED = outcomeOf("accepted");
const LOCK_LOST = outcomeOf("rejected", { error: { condition: "com.microsoft:message-lock-lost" } });

/** Serves on loopback, without authorization. A queue is created at its first use; sessions share one queue. */
export async function startSmallServiceBus(lifetime: "test" | "file" = "test"): Promise<SmallServiceBus> {
  const queues = new Map<string, Queue>();
  const of = (name: string): Queue => {
    const queue = queues.get(name) ?? new Queue();
    queues.set(name, queue);
    return queue;
  };
  const container = create_container();
  container.sasl_server_mechanisms["enable_anonymous"]();
  const connections = new Set<Connection>();
  const replies = new Map<unknown, Sender>();
  container.on("connection_open", ({ connection }: EventContext) => connections.add(connection));
  container.on("sender_open", ({ sender }: EventContext) => {
    if (sender === undefined) return;
    const address = sender.source.address;
    sender.set_source(sender.source);
    if (address === CBS || address.endsWith(MANAGEMENT)) replies.set(sender.name, sender);
    else of(address).serve(sender);
  });
  container.on("receiver_open", ({ receiver }: EventContext) => receiver?.set_target(receiver.target));
  container.on("message", ({ message, receiver, delivery }: EventContext) => {
    if (message === undefined) return;
    const address = String(receiver?.target.address);
    if (address === CBS || address.endsWith(MANAGEMENT)) {
      const body = address === CBS ? undefined : of(address.replace(MANAGEMENT, "")).answer(message);
      replies.get(message.reply_to)?.send({
        correlation_id: message.message_id ?? "",
        application_properties: { "status-code": 200, statusCode: 200 },
        body,
      });
    } else of(address).add(message, delivery?.format);
  });
  for (const event of ["disconnected", "connection_error", "sender_error", "receiver_error"]) {
    container.on(event, () => {});
  }

  const server: Server = container.listen({
    port: 0,
    host: "127.0.0.1",
    sender_options: { properties: { "com.microsoft:locked-until-utc": LOCKED_UNTIL } },
    receiver_options: { max_message_size: 262_144 },
  });
  await once(server, "listening");
  reapLater(async () => {
    for (const connection of connections) connection.close();
    server.close();
  }, lifetime);
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    connectionString: `Endpoint=sb://127.0.0.1:${port}/;SharedAccessKeyName=all;SharedAccessKey=key;UseDevelopmentEmulator=true`,
    unsettled: (queue) => of(queue).size,
    loseLocks: (queue) => of(queue).loseLocks(),
  };
}

class Queue {
  readonly #waiting: Stored[] = [];
  readonly #locked = new Map<unknown, Stored>();
  readonly #receivers = new Set<Sender>();
  readonly #lost = new Set<Stored>();
  #added = 0;

  get size(): number {
    return this.#waiting.length + this.#locked.size;
  }

  add(message: Message, format: number | undefined): void {
    const contents = format === BATCH_FORMAT ? batched(message) : [message];
    for (const content of contents)
      this.#waiting.push({ content, sequenceNumber: ++this.#added, deliveryCount: 0 });
    this.#deliver();
  }

  loseLocks(): void {
    for (const stored of this.#locked.values()) this.#lost.add(stored);
  }

  serve(receiver: Sender): void {
    this.#receivers.add(receiver);
    receiver.on("sendable", () => this.#deliver());
    receiver.on("sender_draining", () => {
      this.#deliver();
      receiver.set_drained(true);
    });
    for (const outcome of ["accepted", "rejected", "released", "modified"]) {
      const isReturned = outcome === "released" || outcome === "modified";
      receiver.on(outcome, (context: EventContext) => this.#settle(context, isReturned));
    }
    receiver.on("sender_close", () => this.#receivers.delete(receiver));
    this.#deliver();
  }

  // Scheduled messages are delivered at once, and locks last a minute from their renewal.
  answer(request: Message): unknown {
    if (request.application_properties?.["operation"] === "com.microsoft:renew-lock")
      return { expirations: types.wrap_array([Date.now() + LOCK_MILLIS], 0x83, undefined) };
    const scheduled: readonly unknown[] = request.body?.["messages"] ?? [];
    const first = this.#added + 1;
    for (const each of scheduled) this.add(decoded(Object(each)["message"]), undefined);
    const numbers = scheduled.map((_, i) => first + i);
    return { "sequence-numbers": types.wrap_array(numbers, 0x81, undefined) };
  }

  #deliver(): void {
    for (const receiver of this.#receivers) {
      while (receiver.sendable() && this.#waiting.length > 0) {
        const stored = this.#waiting.shift();
        if (stored !== undefined) this.#send(receiver, stored);
      }
    }
  }

  #send(receiver: Sender, stored: Stored): void {
    const { content, sequenceNumber, deliveryCount } = stored;
    const delivery = receiver.send(
      {
        ...content,
        message_id: content.message_id ?? randomUUID(),
        delivery_count: deliveryCount,
        message_annotations: {
          "x-opt-sequence-number": types.wrap_long(sequenceNumber),
          "x-opt-enqueued-time": types.wrap_timestamp(Date.now()),
          "x-opt-locked-until": types.wrap_timestamp(Date.now() + LOCK_MILLIS),
        },
      },
      Buffer.from(randomUUID().replaceAll("-", ""), "hex"),
    );
    if (receiver.snd_settle_mode === 1) return;
    this.#locked.set(delivery, stored);
  }

  #settle({ delivery }: EventContext, isReturned: boolean): void {
    const stored = this.#locked.get(delivery);
    if (delivery === undefined || stored === undefined) return;
    // The service's response to every outcome.
    const isLost = this.#lost.delete(stored);
    delivery.update(true, isLost ? LOCK_LOST : ACCEPTED);
    this.#locked.delete(delivery);
    if (!isReturned && !isLost) return;
    stored.deliveryCount++;
    this.#waiting.push(stored);
    this.#deliver();
  }
}

function outcomeOf(name: string, fields: object = {}): object {
  const make: unknown = Reflect.get(amqp, name);
  return typeof make === "function" ? Reflect.apply(make, amqp, [fields]).described() : {};
}

// A batch is passed on as it was received: each of its data sections is an encoded message.
function batched(batch: unknown): readonly Message[] {
  return Buffer.isBuffer(batch) ? sectionsIn(amqp.decode(batch).body).map(decoded) : [];
}

function sectionsIn(body: unknown): readonly Buffer[] {
  if (Buffer.isBuffer(body)) return [body];
  if (Array.isArray(body)) return body.flatMap(sectionsIn);
  return typeof body === "object" && body !== null && "content" in body ? sectionsIn(body.content) : [];
}

function decoded(bytes: Buffer): Message {
  return { body: undefined, ...amqp.decode(bytes) };
}
