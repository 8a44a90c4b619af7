// Expressions that a server evaluates as they are.
import { show } from "../../diagnostics/show.ts";
import { abortedError } from "../../query/evaluation/until-aborted.ts";
import type { ExpressionOptions, ExpressionRangeOptions } from "../../query/expression-options.ts";
import { QueryError, type QueryErrorKind } from "../../query/query-error.ts";
import type { QueryResult } from "../../query/result.ts";
import type { SampleSeries, Selection } from "../../query/source.ts";
import { type Time, wholeMillisFrom } from "../question.ts";
import { type ApiClient, FRESH, type Parameters, RefusedError, RemoteHistoryError } from "./api-client.ts";
import { expressionOfSelection, resultFrom, samplesFrom } from "./expression-result.ts";

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
    return unlessAborted(this.#evaluated("query", { query, ...at, ...zeroOf(options) }, signal), signal);
  }

  /** @throws QueryError */
  async queryRange(query: string, options: ExpressionRangeOptions): Promise<QueryResult> {
    const { from, to, step, signal } = options;
    const start = secondsFrom("from", from);
    const end = to === undefined ? Date.now() / 1_000 : secondsFrom("to", to);
    const parameters = { query, start, end, step, ...zeroOf(options) };
    return unlessAborted(this.#evaluated("query_range", parameters, signal), signal);
  }

  /** @throws QueryError, or the reason of the signal */
  async *select(selection: Selection): AsyncGenerator<SampleSeries, void, undefined> {
    const query = expressionOfSelection(selection);
    const parameters = { query, time: selection.to / 1_000 };
    yield* samplesFrom(await this.#evaluated("query", parameters, selection.signal));
  }

  async #evaluated(
    path: "query" | "query_range",
    parameters: Parameters,
    signal: AbortSignal | undefined,
  ): Promise<QueryResult> {
    try {
      return resultFrom(await this.#client.evaluate(path, { ...parameters, ...FRESH }, signal));
    } catch (error) {
      throw error instanceof RemoteHistoryError ? queryErrorFrom(error) : error;
    }
  }
}

function zeroOf({ isFromZero = false }: ExpressionOptions | ExpressionRangeOptions): Parameters {
  return isFromZero ? { from_zero: "true" } : {};
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
  if (!(error instanceof RefusedError))
    return new QueryError("internal", error.message, undefined, { cause: error });
  const { refusal, status } = error;
  const kind = KINDS.get(refusal.type) ?? KINDS_BY_STATUS.get(status) ?? "internal";
  return new QueryError(kind, refusal.text, undefined, { cause: error });
}

function secondsFrom(name: string, time: Time): number {
  const millis = wholeMillisFrom(time);
  if (millis !== undefined) return millis / 1_000;
  const rule = "a Date, an ISO 8601 string or seconds since the epoch";
  throw new QueryError("bad_data", `${name} must be ${rule}, got ${show(time)}`);
}
