/**
 * The part of Google's Pub/Sub that the tests need, over its real protocol. Google's own emulator needs Java.
 */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { reapLater } from "../kit/process.ts";

/** A running service. It ends with the test (or file) that started it. */
export interface SmallPubsub {
  /** Address as `host:port`. */
  readonly host: string;
  /** Ends the deadline of all messages that were delivered and not acknowledged: they are delivered again. */
  expire(): void;
  /** Number of messages of a subscription that are not acknowledged. */
  unacknowledged(name: string): number;
}

interface Message {
  readonly messageId: string;
}

type Pull = ServerDuplexStream<Readonly<Record<string, unknown>>, unknown>;
type Fields = Readonly<Record<string, unknown>>;

const PACKAGE = "google.pubsub.v1";
const require = createRequire(import.meta.url);

/**
 * Serves on loopback. A topic is created at its first use, with a subscription of the same name. A message that is not
 * acknowledged is delivered again when its deadline is set to 0, or by `expire`.
 */
export async function startSmallPubsub(lifetime: "test" | "file" = "test"): Promise<SmallPubsub> {
  const subscriptions = new Map<string, Subscription>();
  const of = (path: unknown): Subscription => {
    const name = String(path).replace(/^.*\//, "");
    const known = subscriptions.get(name) ?? new Subscription();
    subscriptions.set(name, known);
    return known;
  };
  const publish: handleUnaryCall<Fields, unknown> = ({ request }, answer) => {
    if (request["topic"] === "") return answer({ code: status.INVALID_ARGUMENT, details: "no topic" });
    answer(null, {
      messageIds: listOf(request["messages"]).map((message) => of(request["topic"]).add(message)),
    });
  };
  const acknowledge: handleUnaryCall<Fields, unknown> = ({ request }, answer) => {
    for (const id of listOf(request["ackIds"])) of(request["subscription"]).acknowledge(id);
    answer(null, {});
  };
  const modifyAckDeadline: handleUnaryCall<Fields, unknown> = ({ request }, answer) => {
    if (request["ackDeadlineSeconds"] === 0) {
      for (const id of listOf(request["ackIds"])) of(request["subscription"]).deliverAgain(id);
    }
    answer(null, {});
  };
  const streamingPull = (pull: Pull): void => {
    pull.on("data", (request: Fields) => {
      if (request["subscription"] !== "") of(request["subscription"]).serve(pull);
    });
    pull.on("end", () => pull.end());
    pull.on("error", () => {});
  };

  const server = new Server();
  server.addService(definition("Publisher", ["Publish"]), { Publish: publish });
  server.addService(definition("Subscriber", ["Acknowledge", "ModifyAckDeadline", "StreamingPull"]), {
    Acknowledge: acknowledge,
    ModifyAckDeadline: modifyAckDeadline,
    StreamingPull: streamingPull,
  });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  reapLater(async () => server.forceShutdown(), lifetime);
  return {
    host: `127.0.0.1:${String(port)}`,
    expire: () => subscriptions.forEach((each) => each.expire()),
    unacknowledged: (name) => of(name).size,
  };
}

class Subscription {
  // Messages by the id of their latest delivery, those not delivered by their own id.
  readonly #waiting: Message[] = [];
  readonly #delivered = new Map<unknown, Message>();
  #published = 0;
  #pull: Pull | undefined;

  get size(): number {
    return this.#waiting.length + this.#delivered.size;
  }

  add(content: unknown): string {
    const message = { ...Object(content), messageId: `${++this.#published}` };
    this.#waiting.push(message);
    this.#deliver();
    return message.messageId;
  }

  serve(pull: Pull): void {
    this.#pull = pull;
    pull.once("close", () => {
      if (this.#pull === pull) this.#pull = undefined;
    });
    this.#deliver();
  }

  acknowledge(ackId: unknown): void {
    this.#delivered.delete(ackId);
  }

  deliverAgain(ackId: unknown): void {
    const message = this.#delivered.get(ackId);
    if (message === undefined) return;
    this.#delivered.delete(ackId);
    this.#waiting.push(message);
    this.#deliver();
  }

  expire(): void {
    for (const ackId of Array.from(this.#delivered.keys())) this.deliverAgain(ackId);
  }

  #deliver(): void {
    if (this.#pull === undefined || this.#waiting.length === 0) return;
    const receivedMessages = this.#waiting.splice(0).map((message) => {
      const ackId = randomUUID();
      this.#delivered.set(ackId, message);
      return { ackId, message };
    });
    this.#pull.write({ receivedMessages });
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

// From the definitions that the client itself has.
function definition(service: string, names: readonly string[]): ServiceDefinition {
  const file: protobuf.INamespace = require("@google-cloud/pubsub/build/protos/protos.json");
  const methods = protobuf.Root.fromJSON(file).lookupService(`${PACKAGE}.${service}`).methods;
  return Object.fromEntries(
    names.map((name) => {
      const method = methods[name];
      if (method === undefined) throw new Error(`${service} has no method ${name}`);
      method.resolve();
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      const encode = (type: protobuf.Type | null) => (value: object) =>
        Buffer.from(type?.encode(type.fromObject(value)).finish() ?? []);
      const decode = (type: protobuf.Type | null) => (bytes: Buffer) =>
        type?.toObject(type.decode(bytes), { defaults: true, arrays: true });
      return [
        name,
        {
          path: `/${PACKAGE}.${service}/${name}`,
          requestStream: method.requestStream ?? false,
          responseStream: method.responseStream ?? false,
          requestSerialize: encode(request),
          requestDeserialize: decode(request),
          responseSerialize: encode(response),
          responseDeserialize: decode(response),
        },
      ];
    }),
  );
}
