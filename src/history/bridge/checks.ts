// Validation of the arguments of `getMetrics` and `recordMetric`.
import { show } from "../../diagnostics/show.ts";
import { areTexts } from "../../options/check.ts";
import { type AggregateName, wholeMillisFrom } from "../question.ts";
import type { ValidationError } from "./documents.ts";
import { eventErrors } from "../../events/event.ts";

/** Aggregations of the bridge. */
export type BridgeAggregation = Extract<AggregateName, "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT">;

/** Both times are included, in whole milliseconds since the epoch. */
export interface MetricsQuestion {
  readonly names: readonly string[] | undefined;
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly aggregation: BridgeAggregation;
}

const AGGREGATIONS: readonly BridgeAggregation[] = ["MEAN", "SUM", "MIN", "MAX", "COUNT"];

export function aggregationFrom(given: unknown): BridgeAggregation | undefined {
  return AGGREGATIONS.find((each) => each === given);
}

/** The distinct names, or an error; `undefined` for all metrics. */
export function namesFrom(given: unknown): { names: readonly string[] | undefined } | ValidationError {
  if (given === undefined || given === null) return { names: undefined };
  if (areTexts(given)) return { names: [...new Set(given)] };
  return { field: "metric_names", message: `must be an array of names, got ${show(given)}` };
}

/** The range, or an error; `undefined` for all times. */
export function rangeFrom(given: unknown): Pick<MetricsQuestion, "range"> | ValidationError {
  if (given === undefined || given === null) return { range: undefined };
  const wrong = (message: string): ValidationError => ({ field: "time_range", message });
  if (!Array.isArray(given) || given.length !== 2)
    return wrong(`must be an array of start and end, got ${show(given)}`);
  const [from, to] = given.map(wholeMillisFrom);
  if (from === undefined || to === undefined)
    return wrong(`must be two times (Date, ISO 8601 or seconds since the epoch), got ${show(given)}`);
  return from <= to ? { range: { from, to } } : wrong(`must not end before its start, got ${show(given)}`);
}

/** An unchecked metric. */
export interface GivenMetric {
  readonly name: unknown;
  readonly value: unknown;
  readonly context: unknown;
  readonly timestamp: unknown;
}

interface CheckedMetric {
  readonly name: string;
  readonly value: number | string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly timeUnixMillis: number;
}

/** Type and source of the event that represents a metric. */
export const METRIC_EVENT: { readonly event_type: string; readonly source: string } = {
  event_type: "METRIC",
  source: "metrics_collector",
};

/** Returns the metric or all errors. Never throws. */
export function checkedMetric(
  { name, value, context, timestamp }: GivenMetric,
  nowMillis: number,
): CheckedMetric | { readonly errors: readonly ValidationError[] } {
  const errors: ValidationError[] = [];
  if (!isFilled(name))
    errors.push({ field: "metric_name", message: "must be a non-empty string without NUL" });
  if (!isValue(value)) errors.push({ field: "metric_value", message: "must be a finite number or a string" });
  const hasContext = context !== undefined && context !== null;
  if (hasContext && !isRecord(context)) errors.push({ field: "context", message: "must be an object" });
  errors.push(...eventErrors({ ...METRIC_EVENT, timestamp }, nowMillis));
  if (errors.length > 0 || !isFilled(name) || !isValue(value)) return { errors };
  return {
    name,
    value,
    context: isRecord(context) ? context : {},
    timeUnixMillis: wholeMillisFrom(timestamp) ?? nowMillis,
  };
}

function isFilled(name: unknown): name is string {
  // NUL ends a text in SQLite.
  return typeof name === "string" && name !== "" && !name.includes("\0");
}

function isValue(value: unknown): value is number | string {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

function isRecord(context: unknown): context is Readonly<Record<string, unknown>> {
  try {
    return (
      typeof context === "object" &&
      context !== null &&
      !Array.isArray(context) &&
      Object.keys(context).length >= 0
    );
  } catch {
    // A proxy may throw.
    return false;
  }
}
