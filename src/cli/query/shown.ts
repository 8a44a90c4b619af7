// Query results as tables, JSON and CSV.
import type { Answer, AnswerSeries, KnownMetric } from "../../history/index.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { valueText } from "../../page/panels/value-text.ts";
import { csvText, lengthText, sparkline, tableText } from "../texts.ts";
import type { AskedQuestion } from "./question.ts";

const SCOPE = /^otel[._]scope[._]/;

/** The result as a table with one line per series. */
export function answerTable(
  answer: Answer,
  question: AskedQuestion,
  graphWidth: number,
  width: number,
): string {
  const unit = unitOf(answer, question);
  const isTimeSeries = question.step !== undefined || question.aggregate === undefined;
  const columns = [
    { title: "SERIES" },
    ...(isTimeSeries ? ["MIN", "MAX", "LAST"] : ["VALUE"]).map((title) => ({ title, isNumber: true })),
    { title: "" },
  ];
  const attributesOf = withoutSharedScope(answer.series.map(({ attributes }) => attributes));
  const rows = answer.series.map((series) => {
    const values = series.points.map(([, value]) => value);
    const shown = isTimeSeries ? [...extremesOf(values), values.at(-1)] : [values.at(-1)];
    const graph = isTimeSeries ? sparkline(graphValues(series, question), graphWidth) : "";
    const attributes = attributesOf(series.attributes);
    return [seriesText({ attributes }), ...shown.map((value) => valueText(value ?? NaN, unit)), graph];
  });
  const table = rows.length === 0 ? "no points\n" : tableText(columns, rows, width);
  return `${shownText(headline(answer, question))}\n\n${table}`;
}

/** The result as one JSON document; non-finite numbers are `"NaN"`, `"+Inf"` or `"-Inf"`. */
export function answerJson(answer: Answer): string {
  return `${JSON.stringify(answer, (_, value: unknown) => (typeof value === "number" ? jsonNumber(value) : value))}\n`;
}

/** The result as CSV with one line per point: time, attributes, value. */
export function answerCsv({ series }: Answer): string {
  const keys = [...new Set(series.flatMap(({ attributes }) => Object.keys(attributes)))].toSorted();
  const rows = series.flatMap(({ attributes, points }) => {
    const texts = keys.map((key) => attributeText(attributes[key]));
    return points.map(([time, value]) => [timeText(time), ...texts, value]);
  });
  return csvText([["time", ...keys, "value"], ...rows]);
}

/** All metrics of a history, as a table. */
export function metricsTable(metrics: readonly KnownMetric[], width: number): string {
  if (metrics.length === 0) return "no metrics\n";
  const columns = [
    ...["METRIC", "TYPE", "UNIT"].map((title) => ({ title })),
    { title: "SERIES", isNumber: true },
  ];
  const rows = metrics.map(({ name, type, unit, series }) => [name, type, unit, `${series}`]);
  return tableText(columns, rows, width);
}

/** All metrics of a history, as CSV. */
export function metricsCsv(metrics: readonly KnownMetric[]): string {
  const rows = metrics.map(({ name, type, unit, series }) => [name, type, unit, series]);
  return csvText([["metric", "type", "unit", "series"], ...rows]);
}

/** The attributes as `queue.name=jobs outcome=success`; a dash if the series has no attributes. */
export function seriesText({ attributes }: Pick<AnswerSeries, "attributes">): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${attributeText(value)}`);
  return pairs.length === 0 ? "-" : pairs.toSorted().join(" ");
}

/** Leaves the instrumentation scope out of labels if all have the same: it takes half of a line. */
export function withoutSharedScope<Value>(
  all: readonly Readonly<Record<string, Value>>[],
): (labels: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>> {
  const isShared = ([label, value]: readonly [string, Value]): boolean =>
    SCOPE.test(label) && all.every((labels) => labels[label] === value);
  const shared = new Set(
    Object.entries(all[0] ?? {})
      .filter(isShared)
      .map(([label]) => label),
  );
  return (labels) => Object.fromEntries(Object.entries(labels).filter(([label]) => !shared.has(label)));
}

// Objects and lists as JSON; empty if missing or null.
function attributeText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** ISO 8601, with fractions of a second only if there are any. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}

/** The minimum and maximum, ignoring NaN; NaN without values. */
export function extremesOf(values: readonly number[]): [least: number, greatest: number] {
  // A loop, because there can be more values than a call accepts arguments.
  let [least, greatest] = [NaN, NaN];
  for (const value of values.filter((each) => !Number.isNaN(each))) {
    least = value >= least ? least : value;
    greatest = value <= greatest ? greatest : value;
  }
  return [least, greatest];
}

function headline(
  { metric, type, unit }: Answer,
  { aggregate, quantile, step, from, to, by }: AskedQuestion,
): string {
  const asked = aggregate === "QUANTILE" ? `QUANTILE ${quantile ?? 0.95}` : (aggregate ?? "stored points");
  const added = by === undefined ? "" : by.length === 0 ? ", all added up" : `, by ${by.join(", ")}`;
  const each = step === undefined ? "" : ` each ${lengthText(step)}`;
  return `${metric} (${[type, unit].filter((text) => text !== "").join(", ")}): ${asked}${each}${added}, ${timeText(from)} to ${timeText(to)}`;
}

// One value per step of the range; `undefined` if a step has no point.
function graphValues({ points }: AnswerSeries, { from, to, step }: AskedQuestion): (number | undefined)[] {
  if (step === undefined) return points.map(([, value]) => value);
  const trend = Array.from<number | undefined>({ length: Math.floor((to - from) / step) });
  for (const [time, value] of points) trend[Math.round((time - from) / step) - 1] = value;
  return trend;
}

// Counts of points or of measurements have no unit.
function unitOf({ unit, type }: Answer, { aggregate = "LAST" }: AskedQuestion): string {
  const isCount = type === "histogram" && ["LAST", "COUNT", "RATE", "INCREASE"].includes(aggregate);
  const base = isCount || aggregate === "COUNT" ? "" : unit;
  return aggregate === "RATE" ? `${base}/s` : base;
}

function jsonNumber(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
