// Expressions that a server evaluates as they are.
import { show } from "../../diagnostics/show.ts";
import { abortedError } from "../../query/evaluation/until-aborted.ts";
import type { ExpressionOptions, ExpressionRangeOptions } from "../../query/expression-options.ts";
import { QueryError, type QueryErrorKind } from "../../query/query-error.ts";
import type { QueryResult } from "../../query/result.ts";
import type { SampleSeries, Selection } from "../../query/source.ts";
import { formatTree } from "../../query/syntax/expression-text.ts";
import { type Time, wholeMillisFrom } from "../question.ts";
import { rangeNode, selectorNode } from "../expression-nodes.ts";
import { type RemoteResult, type RemoteSeries, RESULT } from "./answers.ts";
import {
  type ApiResponse,
  type ApiClient,
  FRESH,
  type Parameters,
  RemoteHistoryError,
} from "./api-client.ts";
import { histogramFromJson, numberFrom } from "./histogram-json.ts";

/** Sends expressions to a server. All failures are errors of queries. */
export class RemoteExpressions {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @throws QueryError */
  async query(query: string, options: ExpressionOptions): Promise<QueryResult> {
    const { time, signal } = options;
    const at = time === undefined ? {} : { time: secondsFrom("time", time) };
    return unlessAborted(this.#evaluated("query", { query, ...at, ...flagsOf(options) }, signal), signal);
  }

  /** @throws QueryError */
  async queryRange(query: string, options: ExpressionRangeOptions): Promise<QueryResult> {
    const { from, to, step, signal } = options;
    const start = secondsFrom("from", from);
    const end = to === undefined ? Date.now() / 1_000 : secondsFrom("to", to);
    const parameters = { query, start, end, step, ...flagsOf(options) };
    return unlessAborted(this.#evaluated("query_range", parameters, signal), signal);
  }

  /** @throws QueryError, or the reason of the signal */
  async *select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined> {
    const query = expressionOfSelection(selection);
    const parameters = { query, time: selection.to / 1_000 };
    const result = await this.#evaluated("query", parameters, selection.signal);
    if (result.kind !== "matrix") return;
    for (const { labels, times, values, histograms } of result.series) {
      const inOrder = Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const millis = times.map((seconds) => Math.round(seconds * 1_000));
      yield { labels: inOrder, times: millis, values, ...(histograms !== undefined && { histograms }) };
    }
  }

  async #evaluated(
    path: "query" | "query_range",
    parameters: Parameters,
    signal: AbortSignal | undefined,
  ): Promise<QueryResult> {
    try {
      return resultFrom(await this.#client.ask(path, RESULT, { ...parameters, ...FRESH }, signal));
    } catch (error) {
      throw error instanceof RemoteHistoryError ? queryErrorFrom(error) : error;
    }
  }
}

function flagsOf({
  exact = false,
  experimental = false,
  isFromZero = false,
}: ExpressionOptions | ExpressionRangeOptions): Parameters {
  return {
    ...(exact && { exact: "true" }),
    ...(experimental && { experimental: "true" }),
    ...(isFromZero && { from_zero: "true" }),
  };
}

async function unlessAborted<Result>(
  pending: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  try {
    return await pending;
  } catch (error) {
    throw signal?.aborted === true ? abortedError(signal) : error;
  }
}

const KINDS: ReadonlyMap<string, QueryErrorKind> = new Map(
  (["bad_data", "execution", "timeout", "canceled", "internal"] as const).map((kind) => [kind, kind]),
);
// For servers whose types of errors are others.
const KINDS_BY_STATUS: ReadonlyMap<number | undefined, QueryErrorKind> = new Map([
  [400, "bad_data"],
  [422, "execution"],
  [499, "canceled"],
  [503, "timeout"],
]);

function queryErrorFrom(error: RemoteHistoryError): QueryError {
  const { refusal, status, message } = error;
  if (refusal === undefined) return new QueryError("internal", message, undefined, { cause: error });
  const kind = KINDS.get(refusal.type) ?? KINDS_BY_STATUS.get(status) ?? "internal";
  return new QueryError(kind, refusal.text, undefined, { cause: error });
}

function secondsFrom(name: string, time: Time): number {
  const millis = wholeMillisFrom(time);
  if (millis !== undefined) return millis / 1_000;
  const rule = "a Date, an ISO 8601 string or seconds since the epoch";
  throw new QueryError("bad_data", `${name} must be ${rule}, got ${show(time)}`);
}

function resultFrom({ data, warnings = [], infos = [] }: ApiResponse<RemoteResult>): QueryResult {
  const annotations = [...warnings, ...infos];
  switch (data.resultType) {
    case "scalar":
      return { kind: "scalar", annotations, time: data.result[0], value: numberFrom(data.result[1]) };
    case "string":
      return { kind: "string", annotations, time: data.result[0], value: data.result[1] };
    case "vector":
      return {
        kind: "vector",
        annotations,
        series: data.result.flatMap(({ metric, value, histogram }) => {
          if (histogram !== undefined)
            return { labels: metric, time: histogram[0], value: histogramFromJson(histogram[1]) };
          return value === undefined ? [] : { labels: metric, time: value[0], value: numberFrom(value[1]) };
        }),
      };
    case "matrix":
      return { kind: "matrix", annotations, series: data.result.map(matrixSeries) };
    default:
      return data satisfies never;
  }
}

// All samples of a selection, evaluated at its end. Ranges exclude their start.
function expressionOfSelection({ matchers, from, to }: Selection): string {
  return formatTree(rangeNode(selectorNode(undefined, matchers), to - from + 1));
}

// Numbers and native histograms are two lists, each in order of time.
function matrixSeries({
  metric,
  values = [],
  histograms = [],
}: RemoteSeries): (QueryResult & { readonly kind: "matrix" })["series"][number] {
  if (histograms.length === 0) {
    return {
      labels: metric,
      times: Float64Array.from(values, ([time]) => time),
      values: Float64Array.from(values, ([, text]) => numberFrom(text)),
    };
  }
  const samples = [
    ...values.map(([time, text]) => ({ time, value: numberFrom(text), histogram: undefined })),
    ...histograms.map(([time, json]) => ({ time, value: Number.NaN, histogram: histogramFromJson(json) })),
  ].toSorted((a, b) => a.time - b.time);
  return {
    labels: metric,
    times: Float64Array.from(samples, ({ time }) => time),
    values: Float64Array.from(samples, ({ value }) => value),
    histograms: samples.map(({ histogram }) => histogram),
  };
}
