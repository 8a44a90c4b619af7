import { histogramJson } from "../../../src/query/histograms/text.ts";
import { query, queryRange, QueryError } from "../../../src/query/index.ts";
import type { NativeHistogram } from "../../../src/query/native-histogram.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import type { Source } from "../../../src/query/source.ts";
import { histogramFrom } from "./http-engine.ts";
import type { Outcome, QueryEngine, ResultSample } from "./outcome.ts";

/** Our engine over a source. Errors without a kind are thrown. */
export function ourEngine(source: Source): QueryEngine {
  return {
    instant: (expression, time) => outcomeOf(() => query(expression, { source, time, experimental: true })),
    range: (expression, from, to, step) =>
      outcomeOf(() => queryRange(expression, { source, from, to, step, experimental: true })),
  };
}

async function outcomeOf(ask: () => Promise<QueryResult>): Promise<Outcome> {
  try {
    return outcomeFrom(await ask());
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { kind: "error", type: error.kind, message: error.message };
  }
}

function outcomeFrom(result: QueryResult): Outcome {
  const { annotations } = result;
  switch (result.kind) {
    case "string":
      return { kind: "string", value: result.value, annotations };
    case "scalar":
      return {
        kind: "scalar",
        series: [{ labels: {}, times: [result.time], samples: [result.value] }],
        annotations,
      };
    case "vector":
      return {
        kind: "vector",
        series: result.series.map(({ labels, time, value }) => ({
          labels,
          times: [time],
          samples: [sampleFrom(value)],
        })),
        annotations,
      };
    case "matrix":
      return {
        kind: "matrix",
        series: result.series.map(({ labels, times, values, histograms }) => ({
          labels,
          times: [...times],
          samples: [...values].map((value, i) => sampleFrom(histograms?.[i] ?? value)),
        })),
        annotations,
      };
    default:
      return result satisfies never;
  }
}

function sampleFrom(value: number | NativeHistogram): ResultSample {
  return typeof value === "number" ? value : histogramFrom(histogramJson(value));
}
