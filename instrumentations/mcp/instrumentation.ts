import { wrapMethod } from "../../src/recording/replace-method.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { observed } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { serverFromOrigin } from "../shared/requested-servers.ts";
import { type Connection, McpOperations, type Requested, type Side } from "./operations.ts";

interface Receiver {
  readonly operations: McpOperations;
  readonly recording: Recording<unknown>;
}

// Transports of the application stay wrapped while the instrumentation is disabled.
const current = new Current<Receiver>();
const watched = new WeakSet<object>();

/** Records the messages of each transport that a client or a server connects to. */
export function begin(recording: Recording<unknown>): Attach {
  current.set(recording, { operations: new McpOperations(recording), recording });
  return (exports) => {
    recording.before(prototypeOf(exports, "Protocol"), "connect", (_protocol, transport) => {
      if (hasMethods(transport, "send", "start")) watch(transport);
    });
  };
}

function watch(transport: object): void {
  if (watched.has(transport)) return;
  watched.add(transport);
  const session = new Session(connectionOf(transport));
  wrapMethod(transport, "send", (original) => {
    return function (...args) {
      const startMillis = nowMillis();
      session.note("sent", args[0], fieldOf(args[1], "requestSignal"));
      return observed(Reflect.apply(original, this, args), {
        fulfilled: () => session.accepted(args[0], startMillis),
        rejected: (error) => session.refused(args[0], error),
      });
    };
  });
  // The protocol calls those that are there.
  before(transport, "onmessage", (message) => session.note("received", message));
  before(transport, "onclose", () => session.closed());
}

function before(target: object, name: string, see: (message: unknown) => void): void {
  const given: unknown = Reflect.get(target, name);
  Reflect.set(target, name, function (this: unknown, ...args: readonly unknown[]) {
    see(args[0]);
    return typeof given === "function" ? Reflect.apply(given, this, args) : undefined;
  });
}

// Messages of one transport.
class Session {
  readonly #connection: Connection;
  // By the ids of the requests, which each side chooses.
  readonly #open = {
    sent: new Map<unknown, Requested>(),
    received: new Map<unknown, Requested>(),
  };
  #startMillis = nowMillis();
  #side: Side | undefined;
  #version: unknown;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `signal` ends a request that is given up without a further message. */
  note(direction: "sent" | "received", message: unknown, signal?: unknown): void {
    this.#safely((operations) => {
      const [id, method] = [fieldOf(message, "id"), fieldOf(message, "method")];
      const side = direction === "sent" ? "client" : "server";
      if (typeof method === "string" && id !== undefined) {
        if (method === "initialize") {
          this.#side = side;
          this.#startMillis = nowMillis();
        }
        this.#open[direction].set(id, requested(method, message));
        if (signal instanceof AbortSignal)
          signal.addEventListener("abort", () => this.refused(message, "cancelled"), { once: true });
      } else if (method === "notifications/cancelled") {
        this.#cancelled(operations, direction, fieldOf(message, "params"));
      } else if (method === undefined) {
        this.#responded(operations, direction === "sent" ? "received" : "sent", id, message);
      }
    });
  }

  /** A notification has ended when the transport has sent it. */
  accepted(message: unknown, startMillis: number): void {
    const method = fieldOf(message, "method");
    if (typeof method !== "string" || fieldOf(message, "id") !== undefined) return;
    this.#safely((operations) =>
      operations.ended("client", requested(method, message), nanosSince(startMillis), this.#connection),
    );
  }

  /** A message could not be sent, or its request is given up. */
  refused(message: unknown, error: unknown): void {
    this.#safely((operations) => this.#ended(operations, "sent", fieldOf(message, "id"), error ?? "_OTHER"));
  }

  closed(): void {
    this.#safely((operations) => {
      for (const direction of ["sent", "received"] as const)
        for (const id of this.#open[direction].keys()) this.#ended(operations, direction, id, "closed");
      if (this.#side !== undefined)
        operations.session(this.#side, nanosSince(this.#startMillis), this.#version, this.#connection);
      this.#side = undefined;
    });
  }

  #cancelled(operations: McpOperations, direction: "sent" | "received", params: unknown): void {
    // The reason of a client is a text.
    const isLate = direction === "sent" && String(fieldOf(params, "reason")).includes("timed out");
    this.#ended(operations, direction, fieldOf(params, "requestId"), isLate ? "timeout" : "cancelled");
  }

  #responded(
    operations: McpOperations,
    direction: "sent" | "received",
    id: unknown,
    response: unknown,
  ): void {
    const request = this.#open[direction].get(id);
    if (request === undefined) return;
    this.#open[direction].delete(id);
    if (request.method === "initialize")
      this.#version = fieldOf(fieldOf(response, "result"), "protocolVersion");
    const nanos = nanosSince(request.startMillis);
    operations.responded(sideOf(direction), request, nanos, response, this.#connection);
  }

  #ended(operations: McpOperations, direction: "sent" | "received", id: unknown, failure: unknown): void {
    const request = this.#open[direction].get(id);
    if (request === undefined) return;
    this.#open[direction].delete(id);
    const nanos = nanosSince(request.startMillis);
    operations.ended(sideOf(direction), request, nanos, this.#connection, failure);
  }

  #safely(act: (operations: McpOperations) => void): void {
    const receiver = current.value;
    receiver?.recording.safely(() => act(receiver.operations));
  }
}

function sideOf(direction: "sent" | "received"): Side {
  return direction === "sent" ? "client" : "server";
}

function requested(method: string, message: unknown): Requested {
  const name = fieldOf(fieldOf(message, "params"), "name");
  return { method, target: typeof name === "string" ? name : undefined, startMillis: nowMillis() };
}

// The SDK's transports, and those of others with such names.
const TRANSPORTS: readonly (readonly [name: RegExp, attributes: Connection["attributes"]])[] = [
  [/Stdio/, { "network.transport": "pipe" }],
  [/HTTP|SSE/, { "network.transport": "tcp", "network.protocol.name": "http" }],
  [/WebSocket/, { "network.transport": "tcp", "network.protocol.name": "websocket" }],
];

function connectionOf(transport: object): Connection {
  const { name } = transport.constructor;
  const url = fieldOf(transport, "_url");
  const { address, port } = url instanceof URL ? serverFromOrigin(url.origin) : {};
  return {
    attributes: TRANSPORTS.find(([pattern]) => pattern.test(name))?.[1] ?? {},
    server: {
      ...(address !== undefined && { "server.address": address }),
      ...(port !== undefined && { "server.port": port }),
    },
  };
}
