// Parameters of requests, in the forms that Prometheus accepts.
import { Slices } from "../../io/yield.ts";
import { QueryError } from "../query-error.ts";
import type { Matcher } from "../source.ts";
import { DECIMAL_TEXT, readNumber } from "../syntax/number.ts";
import { parse } from "../syntax/parse.ts";
import { ApiError, invalidParameter } from "./api-error.ts";

/** The parameters of a request: those of its URL and of its body. */
export type Parameters = Pick<URLSearchParams, "get" | "getAll">;

/** Times in Unix seconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
// Prometheus' limits of times, used by Grafana for an open range.
const [MIN_TIME, MAX_TIME] = ["-292273086-05-16T16:47:06Z", "292277025-08-18T07:12:54.999999999Z"];
// Expressions are parsed at once.
const MAX_EXPRESSION_LENGTH = 10_000;
const MAX_SELECTORS = 100;
// Prometheus counts nanoseconds in 64 bits.
const MAX_DURATION_SECONDS = 2 ** 63 / 1e9;
// Milliseconds of `Date`.
const MAX_SECONDS = 8.64e12;

/** A time in Unix seconds or as RFC 3339; `otherwise` if it is missing. */
export function timeFrom(parameters: Parameters, name: string, otherwise?: number): number {
  const text = parameters.get(name) ?? "";
  if (text === "" && otherwise !== undefined) return otherwise;
  if (text === MIN_TIME) return -MAX_SECONDS;
  if (text === MAX_TIME) return MAX_SECONDS;
  const seconds = DECIMAL_TEXT.test(text) ? Math.round(Number(text) * 1_000) / 1_000 : secondsFromDate(text);
  if (Math.abs(seconds) <= MAX_SECONDS) return seconds;
  const problem = `cannot parse "${text}" to a valid timestamp`;
  throw invalidParameter(
    name,
    otherwise === undefined ? problem : `invalid time value for '${name}': ${problem}`,
  );
}

function secondsFromDate(text: string): number {
  const day = RFC_3339.exec(text)?.[1];
  // `Date` moves February 30 to March.
  if (day === undefined || !isDay(day)) return Number.NaN;
  return Date.parse(text.replace(/(\.\d{3})\d+/, "$1")) / 1_000;
}

function isDay(text: string): boolean {
  const millis = Date.parse(text);
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text);
}

/** A range of times; open ends are all times. It is empty if it ends before it starts. */
export function rangeFrom(parameters: Parameters): TimeRange {
  const from = timeFrom(parameters, "start", -MAX_SECONDS);
  const to = timeFrom(parameters, "end", MAX_SECONDS);
  return { from, to };
}

/** A duration in seconds, such as `15`, `1.5` or `1h30m`; `undefined` if it is missing. */
export function durationFrom(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name) ?? "";
  if (text === "") return undefined;
  const seconds = DECIMAL_TEXT.test(text) ? Number(text) : secondsFromDuration(text);
  if (seconds !== undefined && Math.abs(seconds) < MAX_DURATION_SECONDS) return seconds;
  throw invalidParameter(name, `cannot parse "${text}" to a valid duration`);
}

/** A parameter that is true or false; false if it is missing. */
export function flagFrom(parameters: Parameters, name: string): boolean {
  const text = parameters.get(name) ?? "";
  if (text === "true") return true;
  if (text === "" || text === "false") return false;
  throw invalidParameter(name, `must be true or false, got ${JSON.stringify(text)}`);
}

/** A maximum number of results; `undefined` without a limit. */
export function limitFrom(parameters: Parameters): number | undefined {
  const text = parameters.get("limit") ?? "";
  if (text === "") return undefined;
  if (!/^\+?\d{1,15}$/.test(text)) throw invalidParameter("limit", "limit must be a non-negative number");
  return Number(text) === 0 ? undefined : Number(text);
}

/** The selectors of `match[]`, each a list of matchers. */
export async function selectorsFrom(
  parameters: Parameters,
  signal: AbortSignal,
): Promise<readonly (readonly Matcher[])[]> {
  const texts = parameters.getAll("match[]");
  if (texts.length > MAX_SELECTORS)
    throw invalidParameter("match[]", `more than ${MAX_SELECTORS} selectors; ask for fewer at once`);
  if (texts.reduce((sum, { length }) => sum + length, 0) > MAX_EXPRESSION_LENGTH)
    throw invalidParameter(
      "match[]",
      `longer than ${MAX_EXPRESSION_LENGTH} characters in all; write shorter selectors`,
    );
  const selectors: (readonly Matcher[])[] = [];
  const slices = new Slices();
  for (const text of texts) {
    await slices.next();
    signal.throwIfAborted();
    const expression = parsed(text);
    if (expression.kind !== "selector" || expression.offsetMillis !== 0 || expression.at !== undefined)
      throw invalidParameter("match[]", `"${text}" is not a selector; write one such as {job="api"}`);
    selectors.push(expression.matchers);
  }
  return selectors;
}

function parsed(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof QueryError) throw invalidParameter("match[]", error.message);
    throw error;
  }
}

function secondsFromDuration(text: string): number | undefined {
  if (!/^\d/.test(text)) return undefined;
  const { value, isDuration, end } = readNumber(text, 0);
  return isDuration && end === text.length ? value : undefined;
}

/** The expression of a request. */
export function expressionFrom(parameters: Parameters): string {
  const text = parameters.get("query") ?? "";
  if (text.length > MAX_EXPRESSION_LENGTH)
    throw new ApiError(
      "bad_data",
      `invalid parameter "query": longer than ${MAX_EXPRESSION_LENGTH} characters; write a shorter expression`,
    );
  return text;
}
