// Prometheus' HTTP API.
import type { ChartData, ViewData } from "../../protocol.ts";
import { requested } from "../state/connection.ts";
import { type Tree, unitOf } from "./unit.ts";
import { inWords } from "./words.ts";

/** A failed request, with the position of the error in the expression if it has one. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** From 0. */
  readonly position: { readonly line: number; readonly column: number } | undefined;

  constructor(message: string) {
    const [, line = "1", column] = /\bparse error at (?:line (\d+), )?column (\d+):/.exec(message) ?? [];
    super(message.replace(/^invalid parameter "query": /, ""));
    this.position = column === undefined ? undefined : { line: Number(line) - 1, column: Number(column) - 1 };
  }
}

interface Response<Data> {
  readonly status: "success" | "error";
  readonly data: Data;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

interface Matrix {
  readonly resultType: string;
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly values?: readonly (readonly [time: number, value: string])[];
  }[];
}

/** The result of an expression: a chart, and all series for the table. */
export interface Explored {
  readonly chart: ChartData;
  readonly view: Pick<ViewData, "times" | "step" | "from" | "to" | "events">;
  readonly all: ChartData["series"];
  readonly notes: readonly string[];
  /** The expression in words; empty if its tree cannot be had. */
  readonly words: string;
}

const MAX_SERIES = 20;
const STEPS = 180;

/** Requests data of the API. Rejects with an {@link ApiProblem}. */
export async function request<Data>(
  path: string,
  parameters: URLSearchParams,
  signal?: AbortSignal,
): Promise<Response<Data>> {
  const response = await requested(
    `api/v1/${path}?${parameters.toString()}`,
    signal === undefined ? {} : { signal },
  );
  if (!response.headers.get("content-type")?.startsWith("application/json"))
    throw new ApiProblem(`The server responded with ${response.status}`);
  const body: Response<Data> = JSON.parse(await response.text());
  if (body.status !== "success")
    throw new ApiProblem(body.error ?? `The server responded with ${response.status}`);
  return body;
}

/** Evaluates an expression over a range of times. The chart has the `id`. */
export async function explore(
  expression: string,
  { id, from, to }: { readonly id: string; readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<Explored> {
  const step = Math.max(1, Math.ceil((to - from) / STEPS));
  // Steps at multiples, so that the same sample is not shown at another place each time.
  const [start, end] = [Math.ceil(from / step) * step, Math.floor(to / step) * step];
  const parameters = new URLSearchParams({
    query: expression,
    start: String(start),
    end: String(end),
    step: String(step),
  });
  const [{ data, warnings = [], infos = [] }, tree] = await Promise.all([
    request<Matrix>("query_range", parameters, signal),
    // Without its tree, the chart has neither a unit nor words.
    request<Tree>("parse_query", new URLSearchParams({ query: expression }), signal)
      .then((parsed) => parsed.data)
      .catch(() => undefined),
  ]);
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
  const all = data.result
    .map(({ metric, values = [] }) => ({ labels: metric, values: valuesAt(values, times, start, step) }))
    .toSorted((a, b) => (b.values.at(-1) ?? -Infinity) - (a.values.at(-1) ?? -Infinity));
  const named = namesOf(all.map(({ labels }) => labels));
  const series = all.map((each, i) => ({ name: named[i] ?? "", ...each }));
  const chart: ChartData = {
    id,
    title: "Result",
    description: "",
    unit: unitOf(tree),
    kind: "lines",
    expressions: [expression],
    series: series.slice(0, MAX_SERIES),
    hidden: Math.max(0, series.length - MAX_SERIES),
  };
  return {
    chart,
    view: { times, step, from: start, to: end, events: [] },
    all: series,
    notes: [...warnings, ...infos],
    words: tree === undefined ? "" : inWords(tree),
  };
}

function valuesAt(
  values: readonly (readonly [time: number, value: string])[],
  times: readonly number[],
  start: number,
  step: number,
): (number | null)[] {
  const row: (number | null)[] = Array.from(times, () => null);
  for (const [time, text] of values) {
    const value = Number(text.replace("Inf", "Infinity"));
    if (!Number.isNaN(value)) row[Math.round((time - start) / step)] = value;
  }
  return row;
}

/** Names of series: the metric and the labels in which they differ. */
export function namesOf(series: readonly Readonly<Record<string, string>>[]): string[] {
  const names = new Set(series.flatMap((labels) => Object.keys(labels)));
  const differing = [...names].filter(
    (name) =>
      name !== "__name__" && (series.length === 1 || new Set(series.map((labels) => labels[name])).size > 1),
  );
  return series.map((labels) => {
    const pairs = differing.filter((name) => labels[name] !== undefined);
    const text = pairs.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(", ");
    return `${labels["__name__"] ?? ""}${text === "" ? "" : `{${text}}`}`;
  });
}
