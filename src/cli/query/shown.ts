// Answers as tables, JSON and comma-separated values.
import type { Answer, AnswerSeries, KnownMetric } from "../../history/index.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { csvText, lengthText, sparkline, tableText, valueText } from "../texts.ts";
import type { AskedQuestion } from "./question.ts";

/** An answer as people read it: a line a series. */
export function answerTable(
  answer: Answer,
  question: AskedQuestion,
  graphWidth: number,
  width: number,
): string {
  const unit = unitOf(answer, question);
  const isCourse = question.step !== undefined || question.aggregate === undefined;
  const columns = [
    { title: "SERIES" },
    ...(isCourse ? ["MIN", "MAX", "LAST"] : ["VALUE"]).map((title) => ({ title, isNumber: true })),
    { title: "" },
  ];
  const rows = answer.series.map((series) => {
    const values = series.points.map(([, value]) => value);
    const shown = isCourse ? [...extremesOf(values), values.at(-1)] : [values.at(-1)];
    const graph = isCourse ? sparkline(courseOf(series, question), graphWidth) : "";
    return [seriesText(series), ...shown.map((value) => valueText(value ?? NaN, unit)), graph];
  });
  const table = rows.length === 0 ? "no points\n" : tableText(columns, rows, width);
  return `${shownText(headline(answer, question))}\n\n${table}`;
}

/** An answer as one document; a number that JSON cannot hold is `"NaN"`, `"+Inf"` or `"-Inf"`. */
export function answerJson(answer: Answer): string {
  return `${JSON.stringify(answer, (_, value: unknown) => (typeof value === "number" ? jsonNumber(value) : value))}\n`;
}

/** An answer as lines: of each point its time, the attributes of its series, its value. */
export function answerCsv({ series }: Answer): string {
  const keys = [...new Set(series.flatMap(({ attributes }) => Object.keys(attributes)))].toSorted();
  const rows = series.flatMap(({ attributes, points }) => {
    const texts = keys.map((key) => attributeText(attributes[key]));
    return points.map(([time, value]) => [timeText(time), ...texts, value]);
  });
  return csvText([["time", ...keys, "value"], ...rows]);
}

/** All metrics of a history. */
export function metricsTable(metrics: readonly KnownMetric[], width: number): string {
  if (metrics.length === 0) return "no metrics\n";
  const columns = [
    ...["METRIC", "TYPE", "UNIT"].map((title) => ({ title })),
    { title: "SERIES", isNumber: true },
  ];
  const rows = metrics.map(({ name, type, unit, series }) => [name, type, unit, `${series}`]);
  return tableText(columns, rows, width);
}

/** All metrics of a history, as lines. */
export function metricsCsv(metrics: readonly KnownMetric[]): string {
  const rows = metrics.map(({ name, type, unit, series }) => [name, type, unit, series]);
  return csvText([["metric", "type", "unit", "series"], ...rows]);
}

/** `queue.name=jobs outcome=success`; a dash where a series has no attributes. */
export function seriesText({ attributes }: Pick<AnswerSeries, "attributes">): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${attributeText(value)}`);
  return pairs.length === 0 ? "-" : pairs.toSorted().join(" ");
}

// Of an object or list as JSON; empty for what is missing or null.
function attributeText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** A time by ISO 8601, without fractions where there are none. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}

// Of numbers, where there are any. There may be more of them than a call takes arguments.
function extremesOf(values: readonly number[]): [least: number, greatest: number] {
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

// A value for each step of the range, undefined where there is no point.
function courseOf({ points }: AnswerSeries, { from, to, step }: AskedQuestion): (number | undefined)[] {
  if (step === undefined) return points.map(([, value]) => value);
  const course = Array.from<number | undefined>({ length: Math.floor((to - from) / step) });
  for (const [time, value] of points) course[Math.round((time - from) / step) - 1] = value;
  return course;
}

// A count of points or of measurements has no unit.
function unitOf({ unit, type }: Answer, { aggregate = "LAST" }: AskedQuestion): string {
  const isCount = type === "histogram" && ["LAST", "COUNT", "RATE", "INCREASE"].includes(aggregate);
  const base = isCount || aggregate === "COUNT" ? "" : unit;
  return aggregate === "RATE" ? `${base}/s` : base;
}

function jsonNumber(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
