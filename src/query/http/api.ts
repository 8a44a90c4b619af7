// Prometheus' HTTP API: a request in, a response out.
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { MAX_STEPS, query, queryRange } from "../evaluation/query.ts";
import { untilAborted } from "../evaluation/until-aborted.ts";
import type { SampleSource } from "../sample-source.ts";
import { format } from "../syntax/format.ts";
import { parse, type ParseOptions } from "../syntax/parse.ts";
import { type ApiAnswer, dataAnswer, errorAnswer, listAnswer, resultAnswer } from "./answer.ts";
import { ApiError, apiErrorFrom, invalidParameter } from "./api-error.ts";
import { featuresDocument } from "./features.ts";
import { labelNamesOf, labelValuesOf, seriesOf } from "./label-answers.ts";
import { metadataOf } from "./metadata-document.ts";
import {
  durationFrom,
  expressionFrom,
  flagFrom,
  limitFrom,
  type Parameters,
  rangeFrom,
  selectorsFrom,
  timeFrom,
} from "./parameters.ts";
import type { ServedRules } from "./served-rules.ts";
import { treeDocument } from "./tree-document.ts";

/** A request to the API. */
export interface ApiRequest {
  /** The path after `/api/v1/`. */
  readonly path: string;
  readonly parameters: Parameters;
  /** Aborts if the client disconnects. */
  readonly signal: AbortSignal;
}

/** Options of {@link QueryApi}. */
export interface QueryApiOptions {
  /** Returns the source of the next request. */
  readonly source: () => SampleSource;
  /** Version of this package. */
  readonly version: string;
  /** Returns the rules and alerts; `undefined` without alerts. */
  readonly rules?: (() => ServedRules | undefined) | undefined;
  /** Whether experimental parts of PromQL are accepted without the parameter `experimental`. @defaultValue false */
  readonly experimental?: boolean | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 30;
const MAX_TIMEOUT_SECONDS = 120;
// The samples have times in milliseconds.
const MIN_STEP_SECONDS = 0.001;
// The application shares the memory: 5 million samples are 80 MB, and their response is 100 to 200 MB outside the heap.
const MAX_SAMPLES = 5_000_000;
// Clients choose what they ask for by the version of Prometheus.
const PROMETHEUS_VERSION = "3.14.0";

/** Evaluates requests in slices. Errors have the types, texts and statuses of Prometheus. */
export class QueryApi {
  /** Paths of the API begin with it. */
  readonly prefix = "/api/v1/";
  /** Maximum number of requests at once: more would compete with the application. */
  readonly maxConcurrent = 4;
  readonly #source: () => SampleSource;
  readonly #version: string;
  readonly #rules: QueryApiOptions["rules"];
  readonly #experimental: boolean;

  constructor({ source, version, rules, experimental = false }: QueryApiOptions) {
    this.#source = source;
    this.#experimental = experimental;
    this.#rules = rules;
    this.#version = version;
  }

  /** Never rejects. */
  async answer(request: ApiRequest): Promise<ApiAnswer> {
    try {
      return await inTime(request, (signal) => this.#answer(request, signal));
    } catch (error) {
      return errorAnswer(apiErrorFrom(error));
    }
  }

  /** The response to a request that finds the maximum number of others running. */
  busy(): ApiAnswer {
    const message = `${this.maxConcurrent} requests are in progress already; try again later`;
    return errorAnswer(new ApiError("unavailable", message));
  }

  async #answer({ path, parameters }: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const label = /^label\/([^/]+)\/values$/.exec(path)?.[1];
    if (label !== undefined)
      return this.#labelValues(await this.#readySource(signal), label, parameters, signal);
    switch (path) {
      case "query":
        return this.#query(await this.#readySource(signal), parameters, signal);
      case "query_range":
        return this.#queryRange(await this.#readySource(signal), parameters, signal);
      case "series":
        return this.#series(await this.#readySource(signal), parameters, signal);
      case "labels":
        return this.#labelNames(await this.#readySource(signal), parameters, signal);
      case "metadata":
        return dataAnswer(await metadataOf(await this.#readySource(signal), parameters, signal));
      case "format_query":
        return dataAnswer(format(expressionFrom(parameters), this.#parsing(parameters)));
      case "parse_query":
        return dataAnswer(parsedQuery(expressionFrom(parameters), this.#parsing(parameters)));
      case "rules":
        return dataAnswer(this.#rules?.()?.rules(parameters) ?? { groups: [] });
      case "alerts":
        return dataAnswer(this.#rules?.()?.alerts() ?? { alerts: [] });
      case "features":
        return dataAnswer(featuresDocument(this.#experimental));
      case "status/buildinfo":
        return dataAnswer(this.#buildInfo());
      default:
        throw new ApiError("not_found", `/api/v1/${path} is not served; see tachymeter/docs/query.md`);
    }
  }

  // For the paths that read samples. The first collection may hang in a callback of the application.
  async #readySource(signal: AbortSignal): Promise<SampleSource> {
    const source = this.#source();
    await untilAborted(source.catalogue().ready(), signal);
    return source;
  }

  async #query(source: SampleSource, parameters: Parameters, signal: AbortSignal): Promise<ApiAnswer> {
    const limit = limitFrom(parameters);
    const time = timeFrom(parameters, "time", Date.now() / 1_000);
    const result = await query(expressionFrom(parameters), {
      source,
      time,
      ...this.#evaluation(parameters),
      signal,
    });
    return resultAnswer(result, limit, signal);
  }

  async #queryRange(source: SampleSource, parameters: Parameters, signal: AbortSignal): Promise<ApiAnswer> {
    const limit = limitFrom(parameters);
    const from = timeFrom(parameters, "start");
    const to = timeFrom(parameters, "end");
    if (to < from) throw invalidParameter("end", "end timestamp must not be before start time");
    const step = durationFrom(parameters, "step");
    if (step === undefined) throw invalidParameter("step", 'cannot parse "" to a valid duration');
    if (step <= 0) {
      throw invalidParameter(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer",
      );
    }
    if (step < MIN_STEP_SECONDS) throw invalidParameter("step", "must be 1ms or more; write a longer step");
    if ((to - from) / step > MAX_STEPS) {
      throw new ApiError(
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
      );
    }
    const result = await queryRange(expressionFrom(parameters), {
      source,
      from,
      to,
      step,
      ...this.#evaluation(parameters),
      signal,
    });
    return resultAnswer(result, limit, signal);
  }

  async #series(source: SampleSource, parameters: Parameters, signal: AbortSignal): Promise<ApiAnswer> {
    const selectors = await selectorsFrom(parameters, signal);
    if (selectors.length === 0) throw new ApiError("bad_data", "no match[] parameter provided");
    return listAnswer(
      await seriesOf(source, { selectors, ...rangeFrom(parameters), signal }),
      limitFrom(parameters),
      signal,
    );
  }

  async #labelNames(source: SampleSource, parameters: Parameters, signal: AbortSignal): Promise<ApiAnswer> {
    const selection = {
      selectors: await selectorsFrom(parameters, signal),
      ...rangeFrom(parameters),
      signal,
    };
    return listAnswer(await labelNamesOf(source, selection), limitFrom(parameters), signal);
  }

  async #labelValues(
    source: SampleSource,
    label: string,
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const selection = {
      selectors: await selectorsFrom(parameters, signal),
      ...rangeFrom(parameters),
      signal,
    };
    const name = unescapedName(label);
    if (name === "") throw new ApiError("bad_data", `invalid label name: ${JSON.stringify(label)}`);
    return listAnswer(await labelValuesOf(source, name, selection), limitFrom(parameters), signal);
  }

  #evaluation(parameters: Parameters) {
    return {
      ...lookbackFrom(parameters),
      exact: flagFrom(parameters, "exact"),
      ...this.#parsing(parameters),
      isFromZero: parameters.get("from_zero") === "true",
      maxSamples: MAX_SAMPLES,
    };
  }

  #parsing(parameters: Parameters): ParseOptions {
    return { experimental: this.#experimental || flagFrom(parameters, "experimental") };
  }

  #buildInfo(): Readonly<Record<string, string>> {
    return {
      version: PROMETHEUS_VERSION,
      revision: `tachymeter-${this.#version}`,
      branch: "",
      buildUser: "",
      buildDate: "",
      goVersion: "",
    };
  }
}

// Runs `work` with a signal that aborts with the request's, or after its time-out.
async function inTime(
  { parameters, signal }: ApiRequest,
  work: (signal: AbortSignal) => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const asked = durationFrom(parameters, "timeout") ?? DEFAULT_TIMEOUT_SECONDS;
  if (asked <= 0) throw invalidParameter("timeout", "must be above 0; write one such as 30s");
  const late = new AbortController();
  const timer = realSetTimeout(() => late.abort(), Math.min(asked, MAX_TIMEOUT_SECONDS) * 1_000).unref();
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) throw new ApiError("canceled", "query was canceled in query execution");
    if (late.signal.aborted) throw new ApiError("timeout", "query timed out in query execution");
    throw error;
  } finally {
    realClearTimeout(timer);
  }
}

function parsedQuery(text: string, options: ParseOptions): object {
  return treeDocument(parse(text, options), text);
}

function lookbackFrom(parameters: Parameters): { readonly lookback?: number } {
  const lookback = durationFrom(parameters, "lookback_delta");
  return lookback === undefined || lookback <= 0 ? {} : { lookback };
}

// Label names beyond ASCII are escaped in paths: `U__` and the code point of each other character.
function unescapedName(path: string): string {
  const name = decoded(path);
  if (!name.startsWith("U__")) return name;
  return name
    .slice("U__".length)
    .replaceAll(/__|_([0-9a-f]{1,6})_/gi, (text, code: string | undefined) =>
      code === undefined ? "_" : codePoint(code, text),
    );
}

function codePoint(code: string, otherwise: string): string {
  const point = Number.parseInt(code, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : otherwise;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError("bad_data", `invalid label name: ${JSON.stringify(path)}`);
  }
}
