// Results of expressions as tables, JSON, CSV and Prometheus' text format.
import type { format as Format, MatrixSeries, NativeHistogram, QueryResult } from "../../query/index.ts";
import type { histogramText as HistogramText } from "../../query/histograms/text.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { numberText } from "../../page/panels/value-text.ts";
import { csvText, lengthText, sparkline, tableText } from "../texts.ts";
import type { AskedExpression } from "./expression.ts";
import { extremesOf, timeText, withoutSharedScope } from "./shown.ts";

/** Widths of a graph and of a line. */
export interface Widths {
  readonly graph: number;
  readonly line: number;
}

// Texts of queries.
interface Texts {
  readonly format: typeof Format;
  readonly histogramText: typeof HistogramText;
}

/** The result in the format of the question. */
export async function resultText(
  result: QueryResult,
  asked: AskedExpression,
  widths: Widths,
): Promise<string> {
  // Loaded on demand, as the evaluator.
  const { format } = await import("../../query/index.ts");
  const { histogramText } = await import("../../query/histograms/text.ts");
  const texts = { format, histogramText };
  switch (asked.format) {
    case "table":
      return `${shownText(headline(asked))}\n\n${resultTable(result, asked, widths, texts)}`;
    case "json": {
      const { resultPieces } = await import("../../query/http/result-json.ts");
      return `${[...resultPieces(result)].join("")}\n`;
    }
    case "csv":
      return resultCsv(result, texts);
    case "prometheus":
      return samplesOf(result)
        .map((sample) => prometheusLine(sample, texts))
        .join("");
    default:
      return asked.format satisfies never;
  }
}

function headline(asked: AskedExpression): string {
  const text = asked.text.trim();
  if (asked.kind === "instant") return `${text}: ${timeText(asked.time)}`;
  const { from, to, step } = asked;
  return `${text}: each ${lengthText(step)}, ${timeText(from)} to ${timeText(to)}`;
}

function resultTable(
  result: QueryResult,
  asked: AskedExpression,
  { graph, line }: Widths,
  texts: Texts,
): string {
  const value = { title: "VALUE", isNumber: true };
  switch (result.kind) {
    case "scalar":
      return tableText([value], [[shownValue(result.value, texts)]], line);
    case "string":
      return `${shownText(result.value)}\n`;
    case "vector": {
      if (result.series.length === 0) return "no series\n";
      const shown = withoutSharedScope(result.series.map(({ labels }) => labels));
      const rows = result.series.map((series) => [
        selectorText(shown(series.labels), texts.format),
        shownValue(series.value, texts),
      ]);
      return tableText([{ title: "SERIES" }, value], rows, line);
    }
    case "matrix": {
      if (result.series.length === 0) return "no series\n";
      const numbers = ["MIN", "MAX", "LAST"].map((title) => ({ title, isNumber: true }));
      const shown = withoutSharedScope(result.series.map(({ labels }) => labels));
      const rows = result.series.map((series) => {
        const values = numbersOf(series);
        return [
          selectorText(shown(series.labels), texts.format),
          ...[...extremesOf(values), values.at(-1) ?? Number.NaN].map(numberText),
          sparkline(graphValues(series, asked), graph),
        ];
      });
      return tableText([{ title: "SERIES" }, ...numbers, { title: "" }], rows, line);
    }
    default:
      return result satisfies never;
  }
}

function resultCsv(result: QueryResult, { histogramText }: Texts): string {
  const samples = samplesOf(result);
  const keys = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].toSorted();
  const rows = samples.map(({ labels, time, value }) => [
    timeText(time),
    ...keys.map((key) => labels[key] ?? ""),
    typeof value === "object" ? histogramText(value) : value,
  ]);
  return csvText([["time", ...keys, "value"], ...rows]);
}

interface ResultSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly time: number;
  readonly value: number | string | NativeHistogram;
}

function samplesOf(result: QueryResult): readonly ResultSample[] {
  switch (result.kind) {
    case "scalar":
    case "string":
      return [{ labels: {}, time: result.time, value: result.value }];
    case "vector":
      return result.series;
    case "matrix":
      return result.series.flatMap(({ labels, times, values, histograms }) =>
        Array.from(times, (time, i) => ({ labels, time, value: histograms?.[i] ?? values[i]! })),
      );
    default:
      return result satisfies never;
  }
}

// Name of a result without one, since the format requires a name.
const UNNAMED = "query_result";

// A line with its time in milliseconds. A native histogram, which the format lacks, is its count and sum.
function prometheusLine({ labels, time, value }: ResultSample, texts: Texts): string {
  const { __name__: name = UNNAMED, ...others } = labels;
  const millis = Math.round(time * 1_000);
  const line = (suffix: string, number: number): string => {
    const text = Number.isFinite(number) || Number.isNaN(number) ? `${number}` : number > 0 ? "+Inf" : "-Inf";
    return `${selectorText({ ...others, __name__: name + suffix }, texts.format)} ${text} ${millis}\n`;
  };
  if (typeof value === "number") return line("", value);
  return typeof value === "string" ? "" : line("_count", value.count) + line("_sum", value.sum);
}

/** Labels as a selector, `x{a="b"}`, or `{}` without any. */
export function selectorText(labels: Readonly<Record<string, string>>, format: typeof Format): string {
  const matchers = Object.entries(labels).map(([label, value]) => ({ label, operator: "=", value }) as const);
  if (matchers.length === 0) return "{}";
  const place = { start: 0, end: 0, offsetMillis: 0, at: undefined };
  return format({ kind: "selector", type: "vector", name: labels["__name__"], matchers, ...place });
}

function shownValue(value: number | NativeHistogram, { histogramText }: Texts): string {
  return typeof value === "number" ? numberText(value) : histogramText(value);
}

// A native histogram is shown as its count.
function numbersOf({ values, histograms }: MatrixSeries): readonly number[] {
  return Array.from(values, (value, i) => histograms?.[i]?.count ?? value);
}

// One value per step; `undefined` if a step has no sample.
function graphValues(series: MatrixSeries, asked: AskedExpression): readonly (number | undefined)[] {
  const values = numbersOf(series);
  if (asked.kind === "instant") return values;
  const { from, to, step } = asked;
  const trend = Array.from<number | undefined>({ length: Math.floor((to - from) / step) + 1 });
  for (const [i, time] of series.times.entries()) trend[Math.round((time - from) / step)] = values[i];
  return trend;
}
