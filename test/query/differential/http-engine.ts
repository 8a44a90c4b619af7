// Engines behind Prometheus' HTTP API.
import type { Outcome, ResultHistogram, ResultSeries, QueryEngine } from "./outcome.ts";

/** The engine behind `url`. Each expression passes through `translate` before. */
export function httpEngine(
  url: string,
  translate: (expression: string) => string = (text) => text,
): QueryEngine {
  const ask = async (path: string, parameters: Record<string, string>): Promise<Outcome> => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      method: "POST",
      body: new URLSearchParams(parameters),
    });
    const body: Body = JSON.parse(await response.text());
    return outcomeFrom(body);
  };
  return {
    instant: (expression, time) => ask("query", { query: translate(expression), time: String(time) }),
    range: (expression, from, to, step) =>
      ask("query_range", {
        query: translate(expression),
        start: String(from),
        end: String(to),
        step: String(step),
      }),
  };
}

type Body =
  | { readonly status: "error"; readonly errorType: string; readonly error: string }
  | {
      readonly status: "success";
      readonly data: Data;
      readonly warnings?: readonly string[];
      readonly infos?: readonly string[];
    };

type Data =
  | { readonly resultType: "scalar" | "string"; readonly result: readonly [number, string] }
  | { readonly resultType: "vector" | "matrix"; readonly result: readonly Series[] };

type Timed<T> = readonly [time: number, sample: T];

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Timed<string>;
  readonly values?: readonly Timed<string>[];
  readonly histogram?: Timed<Histogram>;
  readonly histograms?: readonly Timed<Histogram>[];
}

/** A native histogram in JSON. */
export interface Histogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [edges: number, lower: string, upper: string, count: string])[];
}

function outcomeFrom(body: Body): Outcome {
  if (body.status === "error") return { kind: "error", type: body.errorType, message: body.error };
  const { data } = body;
  const annotations = [...(body.warnings ?? []), ...(body.infos ?? [])];
  switch (data.resultType) {
    case "string":
      return { kind: "string", value: data.result[1], annotations };
    case "scalar": {
      const [time, value] = data.result;
      const series = [{ labels: {}, times: [time], samples: [numberFrom(value)] }];
      return { kind: "scalar", series, annotations };
    }
    case "vector":
    case "matrix":
      return { kind: data.resultType, series: data.result.map(seriesFrom), annotations };
    default:
      return data satisfies never;
  }
}

function seriesFrom({ metric, value, values, histogram, histograms }: Series): ResultSeries {
  const numbers = value === undefined ? (values ?? []) : [value];
  const natives = histogram === undefined ? (histograms ?? []) : [histogram];
  const points = [
    ...numbers.map(([time, text]) => [time, numberFrom(text)] as const),
    ...natives.map(([time, native]) => [time, histogramFrom(native)] as const),
  ].toSorted(([a], [b]) => a - b);
  return {
    labels: metric,
    times: points.map(([time]) => time),
    samples: points.map(([, sample]) => sample),
  };
}

/** Reads a native histogram in the JSON of the HTTP API. */
export function histogramFrom({ count, sum, buckets = [] }: Histogram): ResultHistogram {
  return {
    count: numberFrom(count),
    sum: numberFrom(sum),
    buckets: buckets.map(([, lower, upper, size]) => [
      numberFrom(lower),
      numberFrom(upper),
      numberFrom(size),
    ]),
  };
}

// Prometheus writes `+Inf`.
function numberFrom(text: string): number {
  if (text === "+Inf") return Infinity;
  return text === "-Inf" ? -Infinity : Number(text);
}
