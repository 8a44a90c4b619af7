import { isDeepStrictEqual } from "node:util";
import type { Attributes } from "@opentelemetry/api";
import type { FoundValue, Question } from "./find-series.ts";
import { nearestNames } from "../diagnostics/nearest-names.ts";
import type { RecordedMetric, RecordedSeries, RecordedValue } from "./recorded-metric.ts";

/** All metrics of a collection. */
export interface FoundMetrics {
  readonly metrics: readonly RecordedMetric[];
  /** Names of all created metrics, recorded or not. */
  readonly registered: readonly string[];
  /** Errors of callbacks. */
  readonly errors: readonly unknown[];
}

const MAX_SHOWN = 10;
const MAX_NEAREST = 5;

/** Message for a query without a result. */
export function explainMissing(
  question: Question,
  answer: Exclude<FoundValue, { readonly kind: "value" }>,
  found: FoundMetrics,
): string {
  switch (answer.kind) {
    case "noMetric":
      return `${subject(question)}: ${noMetric(question, found)}${failures(found)}`;
    case "noSeries":
      return `${subject(question)}: it has no series with exactly these attributes; it has${listed(question, answer.series)}${failures(found)}`;
    case "ambiguous":
      return `${subject(question)}: its series cannot be added up; pass the attributes of one of them${listed(question, answer.series)}`;
    default:
      return answer satisfies never;
  }
}

/** Message for a value that is not as expected. */
export function explainValue(question: Question, problem: string, series: readonly RecordedSeries[]): string {
  return `${subject(question)}: ${problem}; it has${listed(question, series)}`;
}

/** Formats a value in one line. */
export function shownValue(value: RecordedValue): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  const { count, sum, min, max } = value;
  return Object.entries({ count, sum, min, max })
    .filter(([, part]) => part !== undefined)
    .map(([name, part]) => `${name} ${part}`)
    .join(", ");
}

function subject({ name, attributes }: Question): string {
  return `metric ${JSON.stringify(name)}${attributes === undefined ? "" : ` ${shownAttributes(attributes)}`}`;
}

function noMetric({ name }: Question, { metrics, registered }: FoundMetrics): string {
  if (registered.includes(name)) return "it was created, but nothing was recorded";
  if (metrics.length === 0)
    return "no metric was recorded at all; use the kit's facades or its meterProvider";
  const nearest = new Set(
    (["name", "prometheusName"] as const).flatMap((field) => {
      const names = metrics.map((metric) => metric[field]);
      return nearestNames(name, names, MAX_NEAREST);
    }),
  );
  const near = metrics.filter((metric) => nearest.has(metric.name) || nearest.has(metric.prometheusName));
  const [what, some] = near.length > 0 ? ["nearest are", near] : ["there are", metrics];
  return `nothing was recorded under this name; ${what}${lines(
    some.map((metric) => `${metric.name} (${metric.prometheusName})`),
  )}`;
}

// The most similar series come first.
function listed({ attributes }: Question, series: readonly RecordedSeries[]): string {
  const wanted = attributes ?? {};
  const byLikeness = series.toSorted(
    (a, b) => likeness(b.attributes, wanted) - likeness(a.attributes, wanted),
  );
  return lines(byLikeness.map((one) => `${shownAttributes(one.attributes)} ${shownValue(one.value)}`));
}

function likeness(attributes: Attributes, wanted: Attributes): number {
  const keys = Object.keys(wanted);
  const same = keys.filter((key) => isDeepStrictEqual(attributes[key], wanted[key]));
  const known = keys.filter((key) => Object.hasOwn(attributes, key));
  return same.length + known.length - Object.keys(attributes).length / 1_000;
}

function failures({ errors }: FoundMetrics): string {
  return errors.length === 0 ? "" : `\nand callbacks failed${lines(errors.map(String))}`;
}

function lines(all: readonly string[]): string {
  const shown = all.slice(0, MAX_SHOWN).map((line) => `\n  ${line}`);
  const more = all.length - shown.length;
  return `:${shown.join("")}${more > 0 ? `\n  … and ${more} more` : ""}`;
}

function shownAttributes(attributes: Attributes): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([key, value]) =>
        `${JSON.stringify(key)}: ${typeof value === "number" ? value : JSON.stringify(value)}`,
    );
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}
