// The notation of series in promtool's tests: `x{job="a"}` with values such as `0+1x10 _ stale 5x3`.
import { binary } from "../../query/histograms/binary.ts";
import type { NativeHistogram } from "../../query/native-histogram.ts";
import type { Labels, SampleSeries } from "../../query/source.ts";
import { parse } from "../../query/syntax/parse.ts";

// 240 MB.
const MAX_SAMPLES = 10_000_000;
const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI]nf|[nN]a[nN])`;
const SEQUENCE = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER.slice("[+-]?".length)}))?(?:x(\\d+))?$`);
const HISTOGRAM = /^\{\{([^}]*)\}\}(?:([+-])\{\{([^}]*)\}\}(?=x))?(?:x(\d+))?$/;

/**
 * Parses a series.
 *
 * @param intervalMillis time between two values.
 * @param startMillis time of the first value.
 * @throws Error with the part that is invalid, and what to do.
 */
export function seriesFrom(
  name: string,
  values: string,
  intervalMillis: number,
  startMillis: number = 0,
): SampleSeries {
  const items = itemsFrom(values);
  const count = items.reduce((sum, each) => sum + each.count, 0);
  const times = new Float64Array(count);
  const numbers = new Float64Array(count).fill(Number.NaN);
  const stale = new Uint8Array(count);
  const histograms: (NativeHistogram | undefined)[] = [];
  let [time, length] = [startMillis, 0];
  for (const item of items) {
    for (let i = 0; i < item.count; i++, time += intervalMillis) {
      const sample = item.sampleAt(i);
      if (sample === undefined) continue;
      times[length] = time;
      if (typeof sample === "number") numbers[length] = sample;
      else if (sample === "stale") stale[length] = 1;
      else histograms[length] = sample;
      length++;
    }
  }
  return {
    labels: labelsFrom(name),
    times: times.subarray(0, length),
    values: numbers.subarray(0, length),
    stale: stale.subarray(0, length),
    ...(histograms.length > 0 && { histograms: Array.from({ length }, (_, i) => histograms[i]) }),
  };
}

/** Parses the labels of a series, such as `x{job="a"}`. Throws an error if it is not a series. */
export function labelsFrom(text: string): Labels {
  const isEmpty = /^\s*(?:\{\s*\}\s*)?$/.test(text);
  const expression = isEmpty ? undefined : parse(text);
  if (expression === undefined) return {};
  const isSeries =
    expression.kind === "selector" && expression.matchers.every(({ operator }) => operator === "=");
  if (!isSeries) throw new Error(`a series must be a name and labels, got ${text}; write x{job="a"}`);
  const entries = expression.matchers.map(({ label, value }): [string, string] => [label, value]);
  return Object.fromEntries(
    entries.filter(([, value]) => value !== "").toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}

type Sample = number | "stale" | NativeHistogram | undefined;

/** A part of the values: `_x3`, `stale`, `0+1x10`. Its samples are asked for in their order. */
interface Item {
  readonly count: number;
  readonly sampleAt: (i: number) => Sample;
}

function itemsFrom(text: string): readonly Item[] {
  const items: Item[] = [];
  let total = 0;
  // A histogram contains spaces.
  for (const item of text.match(/\{\{[^}]*\}\}(?:[+-]\{\{[^}]*\}\})?\S*|\S+/g) ?? []) {
    const [count, sampleAt] = itemFrom(item);
    total += count;
    if (total > MAX_SAMPLES) throw new Error(`a series may have at most ${MAX_SAMPLES} values; shorten it`);
    items.push({ count, sampleAt });
  }
  return items;
}

function itemFrom(item: string): [count: number, sampleAt: (i: number) => Sample] {
  const missing = /^_(?:x(\d+))?$/.exec(item);
  if (missing !== null) return [Number(missing[1] ?? 1), () => undefined];
  if (item === "stale") return [1, () => "stale"];
  const histogram = HISTOGRAM.exec(item);
  if (histogram !== null) {
    const [, first = "", sign, step, times = 0] = histogram;
    const delta = step === undefined ? undefined : histogramFrom(step);
    let next = histogramFrom(first);
    const sampleAt = (): NativeHistogram => {
      const value = next;
      if (delta !== undefined) next = combined(value, sign === "-" ? "-" : "+", delta);
      return value;
    };
    return [Number(times) + 1, sampleAt];
  }
  const sequence = SEQUENCE.exec(item);
  const [, first = "", sign = "+", step = "0", times] = sequence ?? [];
  if (sequence === null || (sequence[3] !== undefined && times === undefined))
    throw new Error(`values must be such as "1", "0+1x10", "_" or "stale", got "${item}"; mend it`);
  let next = numberFrom(first);
  const delta = numberFrom(step) * (sign === "-" ? -1 : 1);
  // Added up, as promtool does, so that rounding agrees.
  const sampleAt = (): number => {
    const value = next;
    next += delta;
    return value;
  };
  return [Number(times ?? 0) + 1, sampleAt];
}

function combined(left: NativeHistogram, sign: "+" | "-", right: NativeHistogram): NativeHistogram {
  const result = binary(sign, left, right);
  if (result.kind !== "histogram")
    throw new Error("the histograms of a sequence have buckets that cannot be combined; write each value");
  return result.histogram;
}

function numberFrom(text: string): number {
  const [, sign = "", magnitude = ""] = /^([+-]?)(.*)$/.exec(text) ?? [];
  const value = /^inf$/i.test(magnitude)
    ? Infinity
    : /^nan$/i.test(magnitude)
      ? Number.NaN
      : Number(magnitude);
  return sign === "-" ? -value : value;
}

/** Parses the fields of a histogram, such as `schema:0 sum:3 count:2 buckets:[1 1]`. */
export function histogramFrom(text: string): NativeHistogram {
  const fields = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(/(\w+):(\[[^\]]*\]|\S+)/g)) fields.set(name, value);
  const known =
    "schema sum count z_bucket z_bucket_w buckets offset n_buckets n_offset counter_reset_hint custom_values";
  for (const name of fields.keys())
    if (!known.split(" ").includes(name))
      throw new Error(`a histogram must have the fields ${known}, got ${name}; remove it`);
  const number = (name: string): number => numberFrom(fields.get(name) ?? "0");
  const list = (name: string): number[] =>
    (fields.get(name) ?? "[]")
      .slice(1, -1)
      .split(/\s+/)
      .filter((each) => each !== "")
      .map(numberFrom);
  const hint = fields.get("counter_reset_hint");
  const bounds = fields.has("custom_values") ? list("custom_values") : undefined;
  return {
    schema: number("schema"),
    count: number("count"),
    sum: number("sum"),
    zeroThreshold: number("z_bucket_w"),
    zeroCount: number("z_bucket"),
    positive: { offset: number("offset"), counts: Float64Array.from(list("buckets")) },
    negative: { offset: number("n_offset"), counts: Float64Array.from(list("n_buckets")) },
    ...(bounds !== undefined && { customBounds: bounds }),
    resetHint: hint === "gauge" || hint === "reset" ? hint : hint === "not_reset" ? "not-reset" : "unknown",
  };
}
