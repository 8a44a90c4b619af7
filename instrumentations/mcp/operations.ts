// Requests and sessions of the Model Context Protocol, by OpenTelemetry's semantic conventions.
import type { Attributes, Histogram } from "@opentelemetry/api";
import { BoundedNames, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf } from "../shared/fields.ts";
import { histogram } from "../shared/instruments.ts";
import { numberIn } from "../shared/model-calls.ts";
import type { Recording } from "../shared/recording.ts";

/** The sender of a request is its client, also if it is the server of the session. */
export type Side = "client" | "server";

/** A request, without its arguments. */
export interface Requested {
  readonly method: string;
  /** The name of a tool or a prompt. */
  readonly target: string | undefined;
  readonly startMillis: number;
}

/** Attributes of a transport. */
export interface Connection {
  readonly attributes: Attributes;
  /** Those of the server, for clients. */
  readonly server: Attributes;
}

const MAX_NAMES = 100;
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
// Faults of the client.
const REFUSED: ReadonlySet<unknown> = new Set([-32_700, -32_600, METHOD_NOT_FOUND, INVALID_PARAMS, -32_002]);
const KEYS: Readonly<Record<string, string>> = {
  "tools/call": "gen_ai.tool.name",
  "prompts/get": "gen_ai.prompt.name",
};

/** Records `mcp.*`. The first 100 methods, tools and prompts of each side are named. */
export class McpOperations {
  readonly #operations: Readonly<Record<Side, Histogram>>;
  readonly #sessions: Readonly<Record<Side, Histogram>>;
  readonly #names = new Map<string, BoundedNames>();

  constructor({ meter }: Recording<unknown>) {
    this.#operations = {
      client: histogram(meter, "mcp.client.operation.duration"),
      server: histogram(meter, "mcp.server.operation.duration"),
    };
    this.#sessions = {
      client: histogram(meter, "mcp.client.session.duration"),
      server: histogram(meter, "mcp.server.session.duration"),
    };
  }

  /** Records a request with its response. */
  responded(side: Side, request: Requested, nanos: number, response: unknown, connection: Connection): void {
    const code = numberIn(fieldOf(response, "error"), "code");
    const status = code === undefined ? undefined : this.#nameOf("status", String(code));
    const isRefused = side === "server" && REFUSED.has(code);
    const isFailure = fieldOf(fieldOf(response, "result"), "isError") === true;
    // Names that no one knows here come from outside.
    const method = isRefused && code === METHOD_NOT_FOUND ? OTHER_NAME : request.method;
    const target = isRefused && code === INVALID_PARAMS ? undefined : request.target;
    this.#record(side, { ...request, method, target }, nanos, connection, {
      ...(status !== undefined && { "rpc.response.status_code": status }),
      ...(status !== undefined && !isRefused && { "error.type": status }),
      ...(isFailure && { "error.type": "tool_error" }),
    });
  }

  /** Records a request without a response, or a notification. @param failure a word, or an error */
  ended(side: Side, request: Requested, nanos: number, connection: Connection, failure?: unknown): void {
    const type = typeof failure === "string" ? failure : errorTypeOf(failure);
    this.#record(side, request, nanos, connection, failure === undefined ? {} : { "error.type": type });
  }

  /** Records a session. */
  session(side: Side, nanos: number, version: unknown, { attributes, server }: Connection): void {
    this.#sessions[side].record(nanos / 1e9, {
      ...attributes,
      ...(side === "client" && server),
      ...(typeof version === "string" && { "mcp.protocol.version": this.#nameOf("version", version) }),
    });
  }

  #record(
    side: Side,
    { method, target }: Requested,
    nanos: number,
    { attributes, server }: Connection,
    outcome: Attributes,
  ): void {
    const key = KEYS[method];
    this.#operations[side].record(nanos / 1e9, {
      ...attributes,
      ...(side === "client" && server),
      "mcp.method.name": this.#nameOf(side, method),
      ...(method === "tools/call" && { "gen_ai.operation.name": "execute_tool" }),
      ...(key !== undefined && target !== undefined && { [key]: this.#nameOf(side + key, target) }),
      ...outcome,
    });
  }

  #nameOf(kind: string, name: string): string {
    const names = this.#names.get(kind) ?? new BoundedNames(MAX_NAMES);
    this.#names.set(kind, names);
    return names.of(name);
  }
}
