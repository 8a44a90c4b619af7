// Results of expressions that a remote server has evaluated.
import type { QueryResult } from "../../query/result.ts";
import type { SampleSeries, Selection } from "../../query/source.ts";
import { formatTree } from "../../query/syntax/expression-text.ts";
import type { RemoteSeries, ResultAnswer } from "./api-client.ts";
import { histogramFromJson, numberFrom } from "./histogram-json.ts";

/** Converts an answer of `query` or `query_range`. */
export function resultFrom({ data, warnings = [], infos = [] }: ResultAnswer): QueryResult {
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

/** Expression that returns all samples of a selection, evaluated at `to`. Ranges exclude their start. */
export function expressionOfSelection({ matchers, from, to }: Selection): string {
  const [start, end] = [0, 0];
  const shift = { offsetMillis: 0, at: undefined };
  const selector = {
    kind: "selector",
    type: "vector",
    name: undefined,
    matchers,
    ...shift,
    start,
    end,
  } as const;
  return formatTree({ kind: "range", type: "matrix", selector, rangeMillis: to - from + 1, start, end });
}

/** The series of a result whose type is a matrix. */
export function* samplesFrom(result: QueryResult): Generator<SampleSeries> {
  if (result.kind !== "matrix") return;
  for (const { labels, times, values, histograms } of result.series) {
    const inOrder = Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const millis = times.map((seconds) => Math.round(seconds * 1_000));
    yield { labels: inOrder, times: millis, values, ...(histograms !== undefined && { histograms }) };
  }
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
