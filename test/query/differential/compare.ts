// Comparison of two outcomes: values to 1e-9, annotations by kind.
import { inNewWords, NEW_ANNOTATION } from "./changed-since-3-5.ts";
import type { Outcome, ResultHistogram, ResultSample, ResultSeries } from "./outcome.ts";

const TOLERANCE = 1e-9;

/** Options of {@link differenceOf}. */
export interface CompareOptions {
  /** Whether the order of series counts, as of `sort`. */
  readonly isOrdered?: boolean;
  /** Whether annotations count. @defaultValue true */
  readonly withAnnotations?: boolean;
}

/** Returns the first difference of two outcomes, or `undefined` if they agree. Errors agree by their type. */
export function differenceOf(
  expected: Outcome,
  actual: Outcome,
  { isOrdered = false, withAnnotations = true }: CompareOptions = {},
): string | undefined {
  if (expected.kind === "error" || actual.kind === "error") {
    const [left, right] = [summary(expected), summary(actual)];
    return left.type === right.type ? undefined : `expected ${left.text}, got ${right.text}`;
  }
  if (expected.kind !== actual.kind) return `expected a ${expected.kind}, got a ${actual.kind}`;
  const notes = withAnnotations
    ? differenceOfAnnotations(expected.annotations, actual.annotations)
    : undefined;
  if (expected.kind === "string" || actual.kind === "string") {
    const isSame = expected.kind === "string" && actual.kind === "string" && expected.value === actual.value;
    return isSame ? notes : "the strings differ";
  }
  return differenceOfSeries(expected.series, actual.series, isOrdered) ?? notes;
}

function summary(result: Outcome): { readonly type: string; readonly text: string } {
  if (result.kind === "error") return { type: result.type, text: `error ${result.type} (${result.message})` };
  const size = result.kind === "string" ? 1 : result.series.length;
  return { type: "result", text: `a ${result.kind} of ${size}` };
}

function differenceOfSeries(
  expected: readonly ResultSeries[],
  actual: readonly ResultSeries[],
  isOrdered: boolean,
): string | undefined {
  const keys = (series: readonly ResultSeries[]): string[] => series.map(({ labels }) => keyOf(labels));
  const [expectedKeys, actualKeys] = [keys(expected), keys(actual)];
  const missing = expectedKeys.filter((key) => !actualKeys.includes(key));
  if (missing.length > 0) return `missing: ${missing.slice(0, 3).join(" ")}`;
  const additional = actualKeys.filter((key) => !expectedKeys.includes(key));
  if (additional.length > 0) return `not expected: ${additional.slice(0, 3).join(" ")}`;
  const byKey = new Map(actual.map((series) => [keyOf(series.labels), series]));
  if (byKey.size !== actual.length) return "several series have the same labels";
  for (const each of expected) {
    const key = keyOf(each.labels);
    const other = byKey.get(key);
    const difference = other && differenceOfSamples(each, other);
    if (difference !== undefined) return `${key}: ${difference}`;
  }
  return isOrdered ? differenceOfOrder(expected, actual) : undefined;
}

// Series of equal values may be in any order.
function differenceOfOrder(
  expected: readonly ResultSeries[],
  actual: readonly ResultSeries[],
): string | undefined {
  const at = expected.findIndex(({ samples }, i) => {
    const [left, right] = [samples[0], actual[i]?.samples[0]];
    return left === undefined || right === undefined || differenceOfSample(left, right) !== undefined;
  });
  return at < 0 ? undefined : `series ${at} is in another place`;
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${name}="${rounded(value)}"`).join(",")}}`;
}

// A value of `count_values` may differ in its last digits.
function rounded(value: string): string {
  return value.replaceAll(/\d+\.\d+(?:e[-+]\d+)?|\d{10,}/g, (digits) =>
    String(Number(Number(digits).toPrecision(9))),
  );
}

function differenceOfSamples(expected: ResultSeries, actual: ResultSeries): string | undefined {
  const times = ({ times: list }: ResultSeries): string[] => list.map((time) => time.toFixed(3));
  const [expectedTimes, actualTimes] = [times(expected), times(actual)];
  const missing = expectedTimes.filter((time) => !actualTimes.includes(time));
  if (missing.length > 0) return `no sample at ${missing.slice(0, 3).join(", ")}`;
  const additional = actualTimes.filter((time) => !expectedTimes.includes(time));
  if (additional.length > 0) return `a sample at ${additional.slice(0, 3).join(", ")}`;
  for (const [i, sample] of expected.samples.entries()) {
    const other = actual.samples[i];
    const difference = other === undefined ? "no sample" : differenceOfSample(sample, other);
    if (difference !== undefined) return `at ${expectedTimes[i]}: ${difference}`;
  }
  return undefined;
}

function differenceOfSample(expected: ResultSample, actual: ResultSample): string | undefined {
  if (typeof expected === "number" || typeof actual === "number") {
    const isSame = typeof expected === "number" && typeof actual === "number" && isClose(expected, actual);
    return isSame ? undefined : `expected ${show(expected)}, got ${show(actual)}`;
  }
  return isSameHistogram(expected, actual) ? undefined : `expected ${show(expected)}, got ${show(actual)}`;
}

function isSameHistogram(expected: ResultHistogram, actual: ResultHistogram): boolean {
  const counts = expected.buckets.map(([, , count]) => Math.abs(count));
  const largest = Math.max(...counts.filter((count) => !Number.isNaN(count)), 0);
  // A difference of two equal counts may be a little off 0. Storage may add empty buckets, which NaN makes NaN.
  const relevant = ({ buckets }: ResultHistogram): ResultHistogram["buckets"] =>
    buckets.filter(([, , count]) => Math.abs(count) > TOLERANCE * largest);
  const [expectedBuckets, actualBuckets] = [relevant(expected), relevant(actual)];
  return (
    isClose(expected.count, actual.count) &&
    isClose(expected.sum, actual.sum) &&
    expectedBuckets.length === actualBuckets.length &&
    expectedBuckets.every((bucket, i) => {
      const other = actualBuckets[i];
      return other !== undefined && bucket.every((value, j) => isClose(value, other[j] ?? NaN));
    })
  );
}

function isClose(expected: number, actual: number): boolean {
  if (Object.is(expected, actual) || expected === actual) return true;
  const scale = Math.max(Math.abs(expected), Math.abs(actual));
  return scale < Infinity && Math.abs(expected - actual) <= TOLERANCE * scale;
}

function show(sample: ResultSample): string {
  return typeof sample === "number" ? String(sample) : JSON.stringify(sample);
}

// If there are more than ten, an engine may omit some of them.
function differenceOfAnnotations(expected: readonly string[], actual: readonly string[]): string | undefined {
  const [expectedKinds, actualKinds] = [kindsOf(expected), kindsOf(actual)];
  const missing = [...expectedKinds].filter((kind) => !actualKinds.has(kind));
  if (missing.length > 0) return `annotation missing: ${missing[0]}`;
  const isMixed = [...expectedKinds].some((kind) => MIXED.test(kind));
  const additional = [...actualKinds].filter(
    (kind) => !expectedKinds.has(kind) && !(isMixed && MIXED.test(kind)),
  );
  const isShortened = expected.some((text) => OMITTED.test(text));
  return isShortened || additional.length === 0 ? undefined : `annotation not expected: ${additional[0]}`;
}

// Prometheus reports the first reason why samples cannot be aggregated, in the order of series; ours all of them.
const MIXED = /for aggregation$|vector contains (a mix of )?histograms with/;
const OMITTED = /\d+ more (warning|info) annotations omitted/;

// Without names, values and places.
function kindsOf(annotations: readonly string[]): Set<string> {
  return new Set(
    annotations
      .filter((text) => !OMITTED.test(text) && !NEW_ANNOTATION.test(text))
      .map((text) =>
        inNewWords(text)
          .replace(/ \(\d+:\d+\)$/, "")
          // Only the last pair of operands is reported at each time, in the order of series.
          .replace(/(?<=incompatible sample types encountered for binary operator "[^"]*"):.*/, "")
          .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
          .replaceAll(/(?<=[ ,])[-+]?(\d[\d.e+-]*|Inf|NaN)(?=[ ,]|$)/g, "N"),
      ),
  );
}
