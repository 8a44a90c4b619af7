// What a metric must be to be recorded.
import { eventErrors } from "../../events/event.ts";
import { wholeMillisFrom } from "../question.ts";
import type { ValidationError } from "./documents.ts";

/** A metric as it was given. */
export interface GivenMetric {
  readonly name: unknown;
  readonly value: unknown;
  readonly context: unknown;
  readonly timestamp: unknown;
}

/** A metric that can be recorded. */
export interface CheckedMetric {
  readonly name: string;
  readonly value: number | string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly timeUnixMillis: number;
}

/** The event that the bridge makes of a metric. */
export const METRIC_EVENT: { readonly event_type: string; readonly source: string } = {
  event_type: "METRIC",
  source: "metrics_collector",
};

/** The metric, or every field that is wrong. Never throws, whatever it is given. */
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
  // SQLite ends a text there.
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
    // A proxy that was revoked, or refuses to be looked at.
    return false;
  }
}
