// What a metric may be registered as.
import { show } from "../diagnostics/show.ts";
import { SECONDS_BOUNDARIES } from "../recording/facade-meter.ts";
import type { NamedMetricSpec } from "./named-metrics.ts";

/** Thrown where a metric is registered as it cannot be, or in another way than before. */
export class MetricRegistrationError extends Error {
  override readonly name = "MetricRegistrationError";
  readonly code = "TACHYMETER_METRIC_REGISTRATION";
}

/** What tells a metric from others: two that are alike in all of it are one. */
export interface MetricIdentity {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly labels: readonly string[] | undefined;
  /** Of a histogram, the upper bounds of its buckets. */
  readonly buckets?: readonly number[] | undefined;
}

/** A metric as it is asked for, all of it checked. */
export interface MetricRegistration extends MetricIdentity, NamedMetricSpec {
  readonly name: string;
  readonly labels: readonly string[] | undefined;
}

/** OpenTelemetry's own boundaries of histograms. */
export const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
];

/** Checks the arguments of `registerCounter` and its kin. @throws MetricRegistrationError with all that is wrong. */
export function checkedRegistration(
  kind: MetricIdentity["kind"],
  name: unknown,
  description: unknown,
  labels: unknown,
  { buckets, unit }: { readonly buckets?: unknown; readonly unit?: unknown } = {},
): MetricRegistration {
  const problems: string[] = [];
  const registration = {
    kind,
    name: checkedName(name, problems),
    description: checkedDescription(description, problems),
    unit: kind === "histogram" ? checkedUnit(unit, name, problems) : "",
    labels: checkedLabels(labels, problems),
    buckets: kind === "histogram" ? checkedBuckets(buckets, name, problems) : undefined,
  };
  if (problems.length > 0) {
    throw new MetricRegistrationError(`${kind} ${show(name)}: ${problems.join("; and ")}`);
  }
  return registration;
}

/** Checks the third argument of `registerHistogram`. @throws MetricRegistrationError if it is no object of options. */
export function checkedHistogramOptions(
  name: unknown,
  options: unknown,
): { readonly labels?: unknown; readonly buckets?: unknown; readonly unit?: unknown } {
  const isOptions =
    typeof options === "object" &&
    options !== null &&
    !Array.isArray(options) &&
    Object.keys(options).every((key) => ["labels", "buckets", "unit"].includes(key));
  if (isOptions) return options;
  throw new MetricRegistrationError(
    `histogram ${show(name)}: its options are ${show(options)}; give { buckets, labels, unit }, all optional`,
  );
}

/** Whether two are one; their descriptions may differ, the first one's holds. */
export function isSameMetric(first: MetricIdentity, second: MetricIdentity): boolean {
  return identityText(first) === identityText(second);
}

/** A metric's identity in words, but for its name. */
export function described({ kind, labels, buckets }: MetricIdentity): string {
  const withLabels = labels === undefined ? "without declared labels" : `with labels ${show(labels)}`;
  const withBuckets = buckets === undefined ? "" : ` and buckets ${show(buckets)}`;
  return `a ${kind} ${withLabels}${withBuckets}`;
}

function identityText({ kind, name, labels, buckets }: MetricIdentity): string {
  return JSON.stringify([kind, name, labels, buckets]);
}

/** Whether an instrument may have this name. */
export function isMetricName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/.test(name);
}

function checkedName(name: unknown, problems: string[]): string {
  if (isMetricName(name)) return name;
  problems.push(
    "this is no metric name; give a letter, then letters, digits and _ . - /, at most 255 characters in all",
  );
  return "";
}

function checkedDescription(description: unknown, problems: string[]): string {
  if (description === undefined) return "";
  if (typeof description === "string") return description;
  problems.push(`its description is ${show(description)}; give a text`);
  return "";
}

const UNITS_BY_SUFFIX: ReadonlyMap<string, string> = new Map([
  ["seconds", "s"],
  ["bytes", "By"],
]);
const MAX_UNIT_LENGTH = 63;

function checkedUnit(unit: unknown, name: unknown, problems: string[]): string {
  if (unit === undefined) return UNITS_BY_SUFFIX.get(/_([a-z]+)$/.exec(String(name))?.[1] ?? "") ?? "";
  if (typeof unit === "string" && unit.length <= MAX_UNIT_LENGTH && /^[\x20-\x7e]*$/.test(unit)) return unit;
  problems.push(`its unit must be a text of at most ${MAX_UNIT_LENGTH} ASCII characters, got ${show(unit)}`);
  return "";
}

function checkedLabels(labels: unknown, problems: string[]): readonly string[] | undefined {
  if (labels === undefined) return undefined;
  if (Array.isArray(labels) && labels.every((label) => typeof label === "string" && label !== "")) {
    return Object.freeze([...new Set<string>(labels)].toSorted());
  }
  problems.push(`its labels are ${show(labels)}; give a list of label names, such as ["method", "status"]`);
  return undefined;
}

/** The upper bounds of a histogram's buckets where none were given. */
export function boundariesFor(name: unknown): readonly number[] {
  return typeof name === "string" && name.endsWith("_seconds") ? SECONDS_BOUNDARIES : DEFAULT_BOUNDARIES;
}

function checkedBuckets(buckets: unknown, name: unknown, problems: string[]): readonly number[] {
  if (buckets === undefined) return boundariesFor(name);
  const boundaries: readonly unknown[] = Array.isArray(buckets) ? withoutInfinity(buckets) : [];
  if (boundaries.length > 0 && isRising(boundaries)) return Object.freeze([...boundaries]);
  problems.push(
    `its buckets are ${show(buckets)}; give upper bounds, finite numbers in rising order, such as [0.1, 0.5, 1]`,
  );
  return DEFAULT_BOUNDARIES;
}

// The bucket for everything above the last bound is always there; Prometheus' users are used to writing it down.
function withoutInfinity(buckets: readonly unknown[]): readonly unknown[] {
  return buckets.at(-1) === Infinity ? buckets.slice(0, -1) : buckets;
}

function isRising(boundaries: readonly unknown[]): boundaries is readonly number[] {
  return boundaries.every((bound, i) => {
    const below = i === 0 ? -Infinity : boundaries[i - 1];
    return typeof bound === "number" && typeof below === "number" && bound > below && bound < Infinity;
  });
}
