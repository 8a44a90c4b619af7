// Requests and sessions of the Model Context Protocol, by OpenTelemetry's semantic conventions.
import type { Attributes, Histogram } from "@opentelemetry/api";
import { BoundedNames, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf, listIn } from "../shared/fields.ts";
import { histogram } from "../shared/instruments.ts";
import { numberIn, textIn } from "../shared/model-calls.ts";
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
const MAX_NAME_LENGTH = 100;
const MAX_KNOWN = 1_000;
const METHOD_NOT_FOUND = -32_601;
// Faults of the client.
const REFUSED: ReadonlySet<unknown> = new Set([-32_700, -32_600, METHOD_NOT_FOUND, -32_602, -32_002]);
const METHOD = "mcp.method.name";
const [TOOL, PROMPT] = ["gen_ai.tool.name", "gen_ai.prompt.name"];
const KEYS: Readonly<Record<string, string>> = { "tools/call": TOOL, "prompts/get": PROMPT };
const LISTED: Readonly<Record<string, string>> = { "tools/list": TOOL, "prompts/list": PROMPT };
// Requests of the protocol.
const METHODS = [
  "initialize ping completion/complete logging/setLevel sampling/createMessage elicitation/create roots/list",
  "tools/list tools/call prompts/list prompts/get resources/list resources/templates/list resources/read",
  "resources/subscribe resources/unsubscribe tasks/list tasks/get tasks/result tasks/cancel",
  "server/discover subscriptions/listen",
].flatMap((names) => names.split(" "));

/** Records `mcp.*`. The first 100 methods, tools and prompts of each side are named; those of a server if it knows them. */
export class McpOperations {
  readonly #operations: Readonly<Record<Side, Histogram>>;
  readonly #sessions: Readonly<Record<Side, Histogram>>;
  readonly #names = new Map<string, BoundedNames>();
  // Names that others send may be any text. Each begins with its key.
  readonly #known = new Set(METHODS.map((name) => METHOD + name));

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
    const result = fieldOf(response, "result");
    const isFailure = fieldOf(result, "isError") === true;
    const isUnknown = side === "server" && code === METHOD_NOT_FOUND;
    if (side === "server" && !isUnknown) this.#learn(request, isFailure ? undefined : result);
    const method = isUnknown ? OTHER_NAME : request.method;
    this.#record(side, { ...request, method }, nanos, connection, {
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
    const isKnown = (kind: string, name: string): boolean =>
      side === "client" || this.#known.has(kind + shortened(name));
    this.#operations[side].record(nanos / 1e9, {
      ...attributes,
      ...(side === "client" && server),
      [METHOD]: isKnown(METHOD, method) ? this.#nameOf(side, method) : OTHER_NAME,
      ...(method === "tools/call" && { "gen_ai.operation.name": "execute_tool" }),
      ...(key !== undefined &&
        target !== undefined &&
        isKnown(key, target) && { [key]: this.#nameOf(side + key, target) }),
      ...outcome,
    });
  }

  // A server knows the names that it lists, and those whose calls succeed.
  #learn({ method, target }: Requested, result: unknown): void {
    this.#know(METHOD, method);
    const key = KEYS[method];
    if (key !== undefined && result !== undefined) this.#know(key, target);
    const listed = LISTED[method];
    if (listed === undefined) return;
    for (const item of listIn(result, method.replace("/list", ""))) this.#know(listed, textIn(item, "name"));
  }

  #know(key: string, name = ""): void {
    if (this.#known.size < MAX_KNOWN) this.#known.add(key + shortened(name));
  }

  #nameOf(kind: string, name: string): string {
    const names = this.#names.get(kind) ?? new BoundedNames(MAX_NAMES);
    this.#names.set(kind, names);
    return names.of(shortened(name));
  }
}

function shortened(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH);
}
