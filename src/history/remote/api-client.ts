// Client of the Prometheus HTTP API, also of VictoriaMetrics, Mimir and Thanos.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { withoutValues } from "../../diagnostics/without-values.ts";
import { isObject } from "../../options/check.ts";
import { startWith } from "../../options/start-with.ts";
import type { Shape } from "./answers.ts";
import { type ApiServer, MAX_ANSWER_BYTES, type ServerAnswer } from "./api-server.ts";

export type Parameters = Readonly<Record<string, string | number>>;

/** A successful response. */
export interface ApiResponse<Data> {
  readonly data: Data;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  /** Only set by VictoriaMetrics. */
  readonly stats?: unknown;
}

/** Parameters of all queries. For VictoriaMetrics: no cached results, and the latest points included. */
export const FRESH = { nocache: 1, latency_offset: "1ms" } as const;

// The part of a server's message that is read.
const MAX_TEXT = 16_384;

/** Sends requests and validates responses. */
export class ApiClient {
  readonly #server: ApiServer;

  constructor(server: ApiServer) {
    this.#server = server;
  }

  close(): void {
    this.#server.close();
  }

  /**
   * Asks for data of a shape.
   *
   * @throws RemoteHistoryError without a response or with an error status
   * @throws the signal's reason if it is aborted
   */
  async ask<Data>(
    path: string,
    shape: Shape<Data>,
    parameters: Parameters,
    signal?: AbortSignal,
  ): Promise<ApiResponse<Data>> {
    signal?.throwIfAborted();
    const { status, body, isComplete } = await this.#exchanged(path, parameters, signal);
    signal?.throwIfAborted();
    if (body.byteLength >= MAX_ANSWER_BYTES - 1 || !isComplete) {
      throw this.error(
        isComplete || body.byteLength > 0
          ? `the response is longer than ${MAX_ANSWER_BYTES / 1024 ** 2} MiB or incomplete; use fewer series or a larger step`
          : "the response is incomplete; see the server's log",
      );
    }
    let document: unknown;
    try {
      document = JSON.parse(textOf(body));
    } catch {
      // Not JSON: a page of a proxy or of another server.
    }
    if (isAnswer(document, shape)) return document;
    // A server may echo secrets, which are removed before the text is shortened.
    const { secrets } = this.#server;
    const refusal = refusalOf(document, secrets);
    const text = refusal?.text ?? withoutValues(textOf(body.subarray(0, MAX_TEXT)), secrets).slice(0, 200);
    throw Object.assign(this.error(problemOf(status, text.trim()), { status }), { refusal });
  }

  /** An error with the address of the server. */
  error(problem: string, details: { cause?: unknown; status?: number } = {}): RemoteHistoryError {
    return new RemoteHistoryError(this.#server.name, problem, details);
  }

  async #exchanged(path: string, parameters: Parameters, signal?: AbortSignal): Promise<ServerAnswer> {
    const texts = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
    try {
      return await this.#server.exchanged(path, new URLSearchParams(texts), signal);
    } catch (cause) {
      signal?.throwIfAborted();
      const problem = `no response (${errorMessage(cause)}); check that the server runs and is reachable`;
      throw this.error(problem, { cause });
    }
  }
}

/** Whether a successful response has the documented form of its path. */
function isAnswer<Data>(document: unknown, shape: Shape<Data>): document is ApiResponse<Data> {
  return isObject(document) && document["status"] === "success" && shape(document["data"]);
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
}

// With the remedy.
function problemOf(status: number, text: string): string {
  const said = text === "" ? `${status}` : `${status}: ${text.replaceAll(/\s+/g, " ").slice(0, 500)}`;
  if (status === 401 || status === 403)
    return `access denied (${said}); set valid credentials in url or headers, for a command in TACHYMETER_PROMETHEUS_BEARER_TOKEN`;
  if (status === 404)
    return `API not found (${said}); url must be the address before /api/v1; ${startWith("api")}`;
  if (status >= 300 && status < 400) return `redirected (${said}); set url to the target of the redirect`;
  if (status === 200) return "not a Prometheus HTTP API; url must be the address before /api/v1";
  return `response ${said}; ${status < 500 && status !== 408 ? "change the question or reduce its size" : "see the server's log"}`;
}

/** Type and text of an error in the API's format, without secrets. */
interface Refusal {
  readonly type: string;
  readonly text: string;
}

function refusalOf(document: unknown, secrets: readonly string[]): Refusal | undefined {
  if (!isObject(document) || typeof document["error"] !== "string") return undefined;
  const text = withoutValues(document["error"].slice(0, MAX_TEXT), secrets);
  return { type: String(document["errorType"]), text };
}

/** A request to a remote history failed. The message never contains headers or credentials. */
export class RemoteHistoryError extends Error {
  /** Always `RemoteHistoryError`. */
  override readonly name = "RemoteHistoryError";
  /** Always `TACHYMETER_REMOTE_HISTORY`. */
  readonly code = "TACHYMETER_REMOTE_HISTORY";
  /** HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** @internal Error of the server in the API's format. */
  refusal: Refusal | undefined;

  constructor(
    shownUrl: string,
    problem: string,
    { cause, status }: { cause?: unknown; status?: number } = {},
  ) {
    super(`remote history "${shownUrl}": ${problem}`, cause === undefined ? {} : { cause });
    this.status = status;
  }
}
