// Rules for the registration of metrics by name.
import { show } from "../diagnostics/show.ts";
import { SECONDS_BOUNDARIES } from "../recording/facade-meter.ts";
import type { NamedMetricSpec } from "./named-metrics.ts";

/** Thrown if the arguments of a registration are invalid, or another metric of this name is registered. */
export class MetricRegistrationError extends Error {
  /** Always `MetricRegistrationError`. */
  override readonly name = "MetricRegistrationError";
  /** Always `TACHYMETER_METRIC_REGISTRATION`. */
  readonly code = "TACHYMETER_METRIC_REGISTRATION";
}

/** Properties that identify a metric: two metrics with equal ones are the same. */
export interface MetricIdentity {
  /** Kind of instrument. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** Name as it was registered. */
  readonly name: string;
  /** Declared labels, sorted; `undefined` if any are allowed. */
  readonly labels: readonly string[] | undefined;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[] | undefined;
}

/** A registration whose arguments have been checked. */
export interface MetricRegistration extends MetricIdentity, NamedMetricSpec {
  /** Name as it was registered. */
  readonly name: string;
  /** Declared labels, sorted; `undefined` if any are allowed. */
  readonly labels: readonly string[] | undefined;
}

/** Default histogram boundaries of OpenTelemetry. */
export const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
];

/**
 * Checks the arguments of `registerCounter`, `registerGauge` or `registerHistogram`.
 *
 * @throws MetricRegistrationError with all problems.
 */
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

/**
 * Checks the third argument of `registerHistogram`.
 *
 * @throws MetricRegistrationError if it is not an object of options.
 */
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
    `histogram ${show(name)}: options must be an object of { buckets, labels, unit }, all optional, got ${show(options)}`,
  );
}

/** Whether two metrics are the same. Their descriptions may differ; the first one is used. */
export function isSameMetric(first: MetricIdentity, second: MetricIdentity): boolean {
  return identityText(first) === identityText(second);
}

/** Describes a metric's identity in words, without its name. */
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
    "name must start with a letter, then have letters, digits and _ . - /, at most 255 characters in all",
  );
  return "";
}

function checkedDescription(description: unknown, problems: string[]): string {
  if (description === undefined) return "";
  if (typeof description === "string") return description;
  problems.push(`description must be a string, got ${show(description)}`);
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
  problems.push(`unit must be a string of at most ${MAX_UNIT_LENGTH} ASCII characters, got ${show(unit)}`);
  return "";
}

function checkedLabels(labels: unknown, problems: string[]): readonly string[] | undefined {
  if (labels === undefined) return undefined;
  if (Array.isArray(labels) && labels.every((label) => typeof label === "string" && label !== "")) {
    return Object.freeze([...new Set<string>(labels)].toSorted());
  }
  problems.push(`labels must be a list of label names, such as ["method", "status"], got ${show(labels)}`);
  return undefined;
}

/** Default upper bounds of a histogram's buckets. */
export function boundariesFor(name: unknown): readonly number[] {
  return typeof name === "string" && name.endsWith("_seconds") ? SECONDS_BOUNDARIES : DEFAULT_BOUNDARIES;
}

function checkedBuckets(buckets: unknown, name: unknown, problems: string[]): readonly number[] {
  if (buckets === undefined) return boundariesFor(name);
  const boundaries: readonly unknown[] = Array.isArray(buckets) ? withoutInfinity(buckets) : [];
  if (boundaries.length > 0 && isRising(boundaries)) return Object.freeze([...boundaries]);
  problems.push(
    `buckets must be finite upper bounds in rising order, such as [0.1, 0.5, 1], got ${show(buckets)}`,
  );
  return DEFAULT_BOUNDARIES;
}

// The bucket for all greater values is always there, but users of Prometheus often list it.
function withoutInfinity(buckets: readonly unknown[]): readonly unknown[] {
  return buckets.at(-1) === Infinity ? buckets.slice(0, -1) : buckets;
}

function isRising(boundaries: readonly unknown[]): boundaries is readonly number[] {
  return boundaries.every((bound, i) => {
    const below = i === 0 ? -Infinity : boundaries[i - 1];
    return typeof bound === "number" && typeof below === "number" && bound > below && bound < Infinity;
  });
}
