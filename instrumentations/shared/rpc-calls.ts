// Durations of remote procedure calls, by OpenTelemetry's semantic conventions.
import type { Histogram } from "@opentelemetry/api";
import { BoundedNames, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { histogram } from "./instruments.ts";
import type { Recording } from "./recording.ts";
import type { RequestedServer } from "./requested-servers.ts";

/** Numbers of status codes that instrumentations name themselves. */
export const CODE = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  unimplemented: 12,
  internal: 13,
} as const;

// By number. Connect has the same numbers, and its names are in lower case.
const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];
// The other codes are faults of the client.
const FAULTS_OF_SERVER = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

/** The value of `rpc.method` for methods that are not known. */
const OTHER_METHOD = "_OTHER";
// tRPC has paths of procedures alone.
const METHOD = /^[\w.-]{1,200}(?:\/\w{1,100})?$/;
const MAX_METHODS = 500;

/** A call that has ended. */
export interface RpcCall extends EndedCall {
  readonly system: "grpc" | "connectrpc";
  /** Number of the status code; any other value is `UNKNOWN`. */
  readonly code: unknown;
}

/** A call of any system. */
interface EndedCall {
  /** Attribute `rpc.system.name`. */
  readonly system: string;
  /** `shop.v1.Cart/Add` or `cart.add`; `undefined` if the server does not know the method. */
  readonly method: string | undefined;
  readonly nanos: number;
  readonly server?: RequestedServer | undefined;
}

/** Records `rpc.client.call.duration` or `rpc.server.call.duration`. The first 500 methods are named. */
export class RpcCalls {
  readonly #isClient: boolean;
  readonly #duration: Histogram;
  readonly #methods = new BoundedNames(MAX_METHODS);

  constructor({ meter }: Recording<unknown>, side: "client" | "server") {
    this.#isClient = side === "client";
    this.#duration = histogram(meter, `rpc.${side}.call.duration`);
  }

  record({ code, ...call }: RpcCall): void {
    const name = (typeof code === "number" ? CODES[code] : undefined) ?? "UNKNOWN";
    const status = call.system === "grpc" ? name : connectName(name);
    const isFailure = this.#isClient ? name !== "OK" : FAULTS_OF_SERVER.has(name);
    this.ended(call, status, isFailure ? status : undefined);
  }

  /** Records a call of a system with statuses of its own. */
  ended(
    { system, method, nanos, server }: EndedCall,
    status: string | undefined,
    errorType: string | undefined,
  ): void {
    this.#duration.record(nanos / 1e9, {
      "rpc.system.name": system,
      "rpc.method": this.nameOf(method),
      ...(status !== undefined && { "rpc.status_code": status }),
      ...(errorType !== undefined && { "error.type": errorType }),
      ...(server !== undefined && { "server.address": server.address }),
      ...(server?.port !== undefined && { "server.port": server.port }),
    });
  }

  /** The value of `rpc.method`. */
  nameOf(method: string | undefined): string {
    if (method === undefined || !METHOD.test(method)) return OTHER_METHOD;
    const name = this.#methods.of(method);
    return name === OTHER_NAME ? OTHER_METHOD : name;
  }
}

// Connect has no code for success.
function connectName(name: string): string | undefined {
  if (name === "OK") return undefined;
  return name === "CANCELLED" ? "canceled" : name.toLowerCase();
}
