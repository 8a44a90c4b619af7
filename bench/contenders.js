// The contenders, each created according to its documentation.
import { prometheus, upstream } from "./baselines.js";
import { entryFile, fromBuild } from "./build.js";

const { AggregationType, MeterProvider, MetricReader } = upstream;

/** Capacity for all series of all cases, for every contender. */
const LIMIT = 200_000;

/** `buckets` of `prom-client`: the default boundaries of both SDKs. */
export const BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

export const otel = {
  tachymeter: async (options) => new Sdk((await fromBuild("engine/index.js")).MeterProvider, options),
  bundle: async (options) => new Sdk((await import(entryFile("metrics.js"))).MeterProvider, options),
  upstream: async (options) => new Sdk(MeterProvider, options),
};

/** One provider of either SDK with one cumulative reader. */
class Sdk {
  constructor(
    Provider,
    { exponential = false, limit = LIMIT, reader = new PullReader(limit), ...options } = {},
  ) {
    const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM };
    const views = exponential ? [{ instrumentName: "*", aggregation }] : [];
    this.reader = reader;
    this.provider = new Provider({ readers: [reader], views, ...options });
    this.meter = this.provider.getMeter("bench");
  }

  /** Returns all points of one metric, in upstream's form. */
  async points(name) {
    const { resourceMetrics, errors } = await this.reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, "collecting failed");
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.find((metric) => metric.descriptor.name === name)?.dataPoints ?? [];
  }

  /** Returns the sum of all points of a counter. */
  async total(name) {
    return (await this.points(name)).reduce((sum, point) => sum + point.value, 0);
  }

  /** Returns the sum and the count of all points of a histogram, as one text. */
  async histogramTotal(name) {
    const values = (await this.points(name)).map((point) => point.value);
    return totals(
      values.reduce((sum, value) => sum + value.sum, 0),
      values.reduce((count, value) => count + value.count, 0),
    );
  }
}

/** Returns a histogram's total as text, for comparison. */
export function totals(sum, count) {
  return `sum ${sum}, count ${count}`;
}

/** A reader that collects on request. */
export class PullReader extends MetricReader {
  constructor(limit = LIMIT) {
    super({ cardinalitySelector: () => limit });
  }

  onShutdown() {
    return Promise.resolve();
  }

  onForceFlush() {
    return Promise.resolve();
  }
}

/** A reader of Tachymeter's own kind, which walks the series instead of receiving them as objects. */
export class WalkingReader extends PullReader {
  setMetricProducer(producer) {
    super.setMetricProducer(producer);
    this.producer = producer;
  }
}

export function promCounter(labelNames = []) {
  return new prometheus.Counter({ name: "c", help: "c", labelNames, registers: [] });
}

export function promHistogram(labelNames = []) {
  return new prometheus.Histogram({ name: "h", help: "h", labelNames, buckets: BOUNDARIES, registers: [] });
}

export async function promTotal(counter) {
  return (await counter.get()).values.reduce((sum, { value }) => sum + value, 0);
}

export async function promHistogramTotal(histogram) {
  const { values } = await histogram.get();
  const sumOf = (name) =>
    values.filter((value) => value.metricName === name).reduce((sum, { value }) => sum + value, 0);
  return totals(sumOf("h_sum"), sumOf("h_count"));
}
