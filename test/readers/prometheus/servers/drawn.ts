// Metrics drawn from all of Unicode, and the samples a scraper should find.
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import fc from "fast-check";
import type { MeterProvider } from "tachymeter/metrics";

/** One series: its attributes, including a unique `id`, and its recorded values. */
export interface DrawnSeries {
  readonly attributes: Attributes;
  readonly values: readonly number[];
}

/** One metric whose name differs from all others under any translation. */
export interface DrawnMetric {
  readonly kind: "counter" | "gauge" | "histogram" | "upDownCounter";
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly boundaries: readonly number[];
  readonly series: readonly DrawnSeries[];
}

/** Draws metrics with `count` series in total; deterministic for a seed. */
export function drawnMetrics(seed: number, count: number): readonly DrawnMetric[] {
  const parts = fc.sample(metric, { seed, numRuns: count });
  const metrics: DrawnMetric[] = [];
  let id = 0;
  for (const [i, { before, after, description, series, ...part }] of parts.entries()) {
    if (id >= count) break;
    metrics.push({
      ...part,
      name: `${before}m${i}e${after}`,
      description: `${description}#${i}`,
      series: series.map(({ attributes, values }) => ({
        attributes: { ...Object.fromEntries(attributes), id: String(id++) },
        // Counters and histograms take no negative values.
        values: /^(?:counter|histogram)$/.test(part.kind) ? values.map(Math.abs) : values,
      })),
    });
  }
  return metrics;
}

/** Draws a resource, as the metric that represents it. */
export function drawnResource(seed: number): DrawnMetric {
  const [drawn] = fc.sample(attributes, { seed, numRuns: 1 });
  return {
    kind: "gauge",
    name: "target_info",
    unit: "",
    description: "Target metadata",
    boundaries: [],
    series: [{ attributes: { ...Object.fromEntries(drawn ?? []), id: "resource" }, values: [1] }],
  };
}

/** Records all metrics, in scopes with drawn names. */
export function recordDrawn(provider: MeterProvider, metrics: readonly DrawnMetric[], seed: number): void {
  const scopes = fc.sample(text, { seed, numRuns: 5 });
  for (const [i, { kind, name, unit, description, boundaries, series }] of metrics.entries()) {
    const meter = provider.getMeter(scopes[i % scopes.length]!, scopes[0]);
    const options = { unit, description };
    const record = {
      counter: () => {
        const counter = meter.createCounter(name, options);
        return (value: number, attributes: Attributes) => counter.add(value, attributes);
      },
      upDownCounter: () => {
        const counter = meter.createUpDownCounter(name, options);
        return (value: number, attributes: Attributes) => counter.add(value, attributes);
      },
      gauge: () => {
        const gauge = meter.createGauge(name, options);
        return (value: number, attributes: Attributes) => gauge.record(value, attributes);
      },
      histogram: () => {
        const advice = { explicitBucketBoundaries: [...boundaries] };
        const histogram = meter.createHistogram(name, { ...options, advice });
        return (value: number, attributes: Attributes) => histogram.record(value, attributes);
      },
    }[kind]();
    for (const { attributes, values } of series) for (const value of values) record(value, attributes);
  }
}

/**
 * The samples a scraper should find for one series, keyed by the suffix after the metric's name and, for buckets, by
 * bound. Sum and count are omitted if `bounds` does not allow negative bounds beside them, as in OpenMetrics.
 */
export function samplesOf(
  metric: DrawnMetric,
  { values }: DrawnSeries,
  bounds: "any" | "positive",
): ReadonlyMap<string, number> {
  const sum = values.reduce((left, right) => left + right, 0);
  switch (metric.kind) {
    case "gauge":
      return new Map([["", values.at(-1)!]]);
    case "counter":
    case "upDownCounter":
      return new Map([["", sum]]);
    case "histogram": {
      const upTo = (bound: number): number => values.filter((value) => value <= bound).length;
      const buckets = [...metric.boundaries, Infinity].map((bound): [string, number] => [
        `bucket ${bound}`,
        upTo(bound),
      ]);
      if (bounds === "positive" && metric.boundaries.some((bound) => bound < 0)) return new Map(buckets);
      return new Map([...buckets, ["sum", sum], ["count", values.length]]);
    }
    default:
      return metric.kind satisfies never;
  }
}

/** The labels a scraper keeps of these attributes: no empty values. */
export function labelsOf(attributes: Attributes): ReadonlyMap<string, string> {
  const texts = Object.entries(attributes).map(([key, value]): [string, string] => [key, String(value)]);
  return new Map(texts.filter(([, value]) => value !== ""));
}

const text = fc.string({ unit: "binary", maxLength: 8 });
const finite = fc.oneof(
  fc.double({ noNaN: true, min: -1e100, max: 1e100 }),
  fc.integer(),
  fc.constantFrom(0, 5e-324, 0.1, 1e21, 2 ** 53),
);
const attributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 5, arbitrary: text },
  fc.integer(),
  fc.boolean(),
);

// Keys that stay distinct if all characters unknown to older versions become "_", and that are not reserved.
const attributeKey = fc.oneof(
  { weight: 9, arbitrary: text },
  fc.constantFrom("_name_", "._name_.", "trace_id"),
);
const attributes = fc
  .uniqueArray(fc.tuple(attributeKey, attributeValue), {
    maxLength: 4,
    selector: ([key]) => plain(key),
  })
  .map((entries) => entries.filter(([each]) => each !== "__name__" && !isTaken(plain(each))));

const endings = fc.constantFrom(
  "",
  "_total",
  ".total",
  "_bucket",
  "_sum",
  "_count",
  "_info",
  "_created",
  "_bytes",
);
const ending = fc.oneof({ weight: 4, arbitrary: text }, endings);
const unit = fc.oneof(
  { weight: 2, arbitrary: text },
  fc.constantFrom("", "1", "s", "By", "ms", "By/s", "{thing}"),
);

const metric = fc.record({
  kind: fc.constantFrom("counter", "gauge", "histogram", "upDownCounter"),
  before: text,
  after: ending,
  unit,
  description: fc.string({ unit: "binary", maxLength: 40 }),
  boundaries: fc
    .uniqueArray(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), {
      maxLength: 4,
      selector: (bound) => bound + 0,
    })
    .map((bounds) => bounds.map((bound) => bound + 0).toSorted((left, right) => left - right)),
  series: fc.array(fc.record({ attributes, values: fc.array(finite, { minLength: 1, maxLength: 5 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

function plain(given: string): string {
  return given.replaceAll(/[^a-zA-Z0-9]+/g, "_").replace(/^_/, "");
}

function isTaken(name: string): boolean {
  return /^(?:id|job|instance|le|quantile|otel_scope_.*|exported_.*)?$/.test(name);
}
