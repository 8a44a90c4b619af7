// Client of the Prometheus HTTP API, also of VictoriaMetrics, Mimir and Thanos.
import { isObject } from "../../options/check.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { HistogramJson } from "../../query/histograms/text.ts";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { withoutValues } from "../../diagnostics/without-values.ts";
import { secretsOf } from "../../io/http/answer-text.ts";
import { exchange, type HttpAnswer } from "../../io/http/exchange.ts";
import type { RemoteSettings } from "./options.ts";

export type Parameters = Readonly<Record<string, string | number>>;

/** Parameters of all queries. For VictoriaMetrics: no cached results, and the latest points included. */
export const FRESH = { nocache: 1, latency_offset: "1ms" } as const;

// Parsing this size takes about half a second.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
// The part of a server's message that is read.
const MAX_TEXT = 16_384;
const GET_ONLY: ReadonlySet<keyof Answers> = new Set(["label/__name__/values", "metadata", "status/tsdb"]);

/** Sends requests and validates responses. */
export class ApiClient {
  readonly #settings: RemoteSettings;
  readonly #agent: Agent;

  constructor(settings: RemoteSettings) {
    this.#settings = settings;
    this.#agent = new (settings.base.protocol === "https:" ? SecureAgent : Agent)({ keepAlive: true });
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * @throws RemoteHistoryError without a response or with an error status
   * @throws the signal's reason if it is aborted
   */
  ask<Path extends keyof Answers>(
    path: Path,
    parameters: Parameters,
    signal?: AbortSignal,
  ): Promise<Answers[Path]> {
    return this.#asked<Answers[Path]>(path, parameters, IS_DATA[path], signal);
  }

  /** Evaluates an expression of any type. Throws like {@link ask}. */
  evaluate(
    path: "query" | "query_range",
    parameters: Parameters,
    signal?: AbortSignal,
  ): Promise<ResultAnswer> {
    return this.#asked<ResultAnswer>(path, parameters, isTypedResult, signal);
  }

  async #asked<Document>(
    path: keyof Answers,
    parameters: Parameters,
    isData: Holds,
    signal?: AbortSignal,
  ): Promise<Document> {
    signal?.throwIfAborted();
    const answer = await this.#exchanged(path, parameters, signal);
    signal?.throwIfAborted();
    const { status, body, isComplete } = answer;
    if (body.byteLength >= MAX_ANSWER_BYTES - 1 || !isComplete) {
      throw this.error(
        isComplete || body.byteLength > 0
          ? `the response is longer than ${MAX_ANSWER_BYTES / 1024 ** 2} MiB or incomplete; use fewer series or a larger step`
          : "the response is incomplete; see the server's log",
      );
    }
    let document: Document | undefined;
    try {
      document = JSON.parse(textOf(body));
    } catch {
      // Not JSON: a page of a proxy or of another server.
    }
    if (document !== undefined && isAnswer(document, isData)) return document;
    const { headers, base, shownUrl } = this.#settings;
    const secrets = secretsOf(headers, base);
    const [problem, remedy] = problemOf(status, document, body, secrets);
    const refusal = refusalOf(document, secrets);
    if (refusal !== undefined) throw new RefusedError(shownUrl, `${problem}; ${remedy}`, status, refusal);
    throw new RemoteHistoryError(shownUrl, `${problem}; ${remedy}`, { status });
  }

  error(problem: string, cause?: unknown): RemoteHistoryError {
    return new RemoteHistoryError(this.#settings.shownUrl, problem, { cause });
  }

  async #exchanged(path: keyof Answers, parameters: Parameters, signal?: AbortSignal): Promise<HttpAnswer> {
    const { base, headers, timeoutMillis } = this.#settings;
    const url = new URL(`api/v1/${path}`, base);
    url.search = base.search;
    const texts = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
    const isGet = GET_ONLY.has(path);
    if (isGet) for (const [name, value] of texts) url.searchParams.append(name, value);
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    try {
      return await exchange({
        method: isGet ? "GET" : "POST",
        url,
        headers: { ...(!isGet && form), ...headers },
        body: Buffer.from(isGet ? "" : new URLSearchParams(texts).toString()),
        agent: this.#agent,
        timeoutMillis,
        signal,
        maxAnswerBytes: MAX_ANSWER_BYTES,
        isAwaited: true,
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw this.error(
        `no response (${errorMessage(cause)}); check that the server runs and is reachable`,
        cause,
      );
    }
  }
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
}

// A server may echo secrets, which are removed before the text is shortened.
function problemOf(
  status: number,
  document: unknown,
  body: Uint8Array,
  secrets: readonly string[],
): [problem: string, remedy: string] {
  const text =
    refusalOf(document, secrets)?.text ??
    withoutValues(textOf(body.subarray(0, MAX_TEXT)), secrets)
      .slice(0, 200)
      .trim();
  const said = text === "" ? `${status}` : `${status}: ${text.replaceAll(/\s+/g, " ").slice(0, 500)}`;
  if (status === 401 || status === 403)
    return [`access denied (${said})`, "set valid credentials in url or headers"];
  if (status === 404) return [`API not found (${said})`, "url must be the address before /api/v1"];
  if (status >= 300 && status < 400) return [`redirected (${said})`, "set url to the target of the redirect"];
  if (status === 200) return ["not a Prometheus HTTP API", "url must be the address before /api/v1"];
  return [
    `response ${said}`,
    status < 500 ? "change the question or reduce its size" : "see the server's log",
  ];
}

/** A request to a remote history failed. The message never contains headers or credentials. */
export class RemoteHistoryError extends Error {
  /** Always `RemoteHistoryError`. */
  override readonly name = "RemoteHistoryError";
  /** Always `TACHYMETER_REMOTE_HISTORY`. */
  readonly code = "TACHYMETER_REMOTE_HISTORY";
  /** HTTP status, if there was a response. */
  readonly status: number | undefined;

  constructor(
    shownUrl: string,
    problem: string,
    { cause, status }: { cause?: unknown; status?: number } = {},
  ) {
    super(`remote history "${shownUrl}": ${problem}`, cause === undefined ? {} : { cause });
    this.status = status;
  }
}

/** Type and text of an error in the API's format. */
interface Refusal {
  readonly type: string;
  readonly text: string;
}

/** An error in the API's format, with the server's own text, without secrets. */
export class RefusedError extends RemoteHistoryError {
  readonly refusal: Refusal;

  constructor(shownUrl: string, problem: string, status: number, refusal: Refusal) {
    super(shownUrl, problem, { status });
    this.refusal = refusal;
  }
}

function refusalOf(document: unknown, secrets: readonly string[]): Refusal | undefined {
  const { error, errorType }: { readonly error?: unknown; readonly errorType?: unknown } = Object(document);
  if (typeof error !== "string") return undefined;
  return { type: String(errorType), text: withoutValues(error.slice(0, MAX_TEXT), secrets) };
}

export type RemoteLabels = Readonly<Record<string, string>>;

/** Seconds since the epoch, and a number as text. */
export type RemotePoint = readonly [time: number, value: string];

/** `value` is set in results of instant queries. */
export interface RemoteSeries {
  readonly metric: RemoteLabels;
  readonly value?: RemotePoint;
  readonly values?: readonly RemotePoint[];
  /** Points of native histograms. */
  readonly histograms?: readonly RemoteHistogram[];
  /** A native histogram in a result of an instant query. */
  readonly histogram?: RemoteHistogram;
}

type RemoteHistogram = readonly [time: number, histogram: HistogramJson];

/** The result of an expression of any type. */
export interface ResultAnswer {
  readonly data:
    | { readonly resultType: "vector" | "matrix"; readonly result: readonly RemoteSeries[] }
    | { readonly resultType: "scalar" | "string"; readonly result: RemotePoint };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

interface QueryAnswer {
  readonly data: { readonly result: readonly RemoteSeries[] };
  /** Only set by VictoriaMetrics. */
  readonly stats?: unknown;
}

interface ListAnswer<Item> {
  readonly data: readonly Item[];
}

interface Answers {
  readonly query: QueryAnswer;
  readonly query_range: QueryAnswer;
  readonly series: ListAnswer<RemoteLabels>;
  readonly labels: ListAnswer<string>;
  readonly "label/__name__/values": ListAnswer<string>;
  readonly metadata: {
    readonly data: Readonly<
      Record<string, readonly { readonly type: string; readonly unit?: string; readonly help?: string }[]>
    >;
  };
  readonly "status/tsdb": {
    readonly data: { readonly headStats?: { numSeries: number }; readonly totalSeries?: number };
  };
}

/** Whether a successful response has the documented form of its path. */
function isAnswer(document: unknown, isData: Holds): boolean {
  return isObject(document) && document["status"] === "success" && isData(document["data"]);
}

type Holds = (value: unknown) => boolean;

// Maximum distance of a date from the epoch, in seconds.
const MAX_TIME = 8_640_000_000_000;

const isText: Holds = (value) => typeof value === "string";
const isNumber: Holds = (value) => typeof value === "number";
const optional =
  (holds: Holds): Holds =>
  (value) =>
    value === undefined || holds(value);
const listOf =
  (holds: Holds): Holds =>
  (value) =>
    Array.isArray(value) && value.every((item) => holds(item));
const mapOf =
  (holds: Holds): Holds =>
  (value) =>
    isObject(value) && Object.values(value).every(holds);
const pointOf =
  (holds: Holds): Holds =>
  (value) =>
    Array.isArray(value) && isNumber(value[0]) && Math.abs(value[0]) <= MAX_TIME && holds(value[1]);
const fields =
  (checks: Readonly<Record<string, Holds>>): Holds =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, holds]) => holds(value[name]));

const isBucket: Holds = (value) =>
  Array.isArray(value) && value.length === 4 && isNumber(value[0]) && value.slice(1).every(isText);
const isHistogram = fields({ count: isText, sum: isText, buckets: optional(listOf(isBucket)) });

const isResult = fields({
  result: listOf(
    fields({
      metric: mapOf(isText),
      value: optional(pointOf(isText)),
      values: optional(listOf(pointOf(isText))),
      histogram: optional(pointOf(isHistogram)),
      histograms: optional(listOf(pointOf(isHistogram))),
    }),
  ),
});
const isTypedResult: Holds = (value) => {
  if (!isObject(value)) return false;
  const type = value["resultType"];
  if (type === "scalar" || type === "string") return pointOf(isText)(value["result"]);
  return (type === "vector" || type === "matrix") && isResult(value);
};
const IS_DATA: Readonly<Record<keyof Answers, Holds>> = {
  query: isResult,
  query_range: isResult,
  series: listOf(mapOf(isText)),
  labels: listOf(isText),
  "label/__name__/values": listOf(isText),
  metadata: mapOf(listOf(fields({ type: isText, unit: optional(isText), help: optional(isText) }))),
  "status/tsdb": fields({
    totalSeries: optional(isNumber),
    headStats: optional(fields({ numSeries: optional(isNumber) })),
  }),
};
