import * as fork from "@platformatic/prom-client";
import * as successor from "@prometheus-io/client";
import * as real from "prom-client";
import { expect, test } from "vitest";
import * as own from "../../src/prom-client/index.ts";

// Programs that compile with the real package's types, for both modules: the root `tsc` checks them.
type Names =
  | "contentType"
  | "exponentialBuckets"
  | "linearBuckets"
  | "openMetricsContentType"
  | "prometheusContentType"
  | "validateMetricName";
const libraries: readonly Pick<typeof real, Names>[] = [real, successor, fork, own];
const registryOfReal: real.Registry & successor.Registry & fork.Registry = own.register;

test("functions and constants have the real package's types", () => {
  for (const library of libraries) {
    const buckets: number[] = [...library.linearBuckets(0, 1, 2), ...library.exponentialBuckets(1, 2, 2)];
    const type: real.RegistryContentType = library.prometheusContentType;
    expect([buckets, type, library.contentType, library.validateMetricName("a b")]).toEqual([
      [0, 1, 1, 2],
      "text/plain; version=0.0.4; charset=utf-8",
      library.prometheusContentType,
      false,
    ]);
  }
});

test("a metric and a registry of ours are accepted for those of the real package", async () => {
  const registry = new own.Registry();
  const registers: own.MetricConfiguration<"a">["registers"] = [registry];
  const counter: real.Counter<"a"> & successor.Counter<"a"> & fork.Counter<"a"> = new own.Counter({
    name: "c",
    help: "h",
    labelNames: ["a"],
    registers,
  });
  const gauge: real.Gauge<"a"> & successor.Gauge<"a"> & fork.Gauge<"a"> = new own.Gauge({
    name: "g",
    help: "h",
    labelNames: ["a"] as const,
    registers,
  });
  const histogram: real.Histogram<"a"> & successor.Histogram<"a"> & fork.Histogram<"a"> = new own.Histogram({
    name: "h",
    help: "h",
    labelNames: ["a"],
    registers,
  });
  const summary: real.Summary<"a"> & successor.Summary<"a"> & fork.Summary<"a"> = new own.Summary({
    name: "s",
    help: "h",
    labelNames: ["a"],
    registers,
  });
  counter.inc({ a: "x" });
  counter.labels("x").inc(2);
  gauge.labels({ a: 1 }).set(3);
  const seconds: number = histogram.startTimer({ a: "x" })();
  summary.observe({ a: "x" }, seconds);
  // @ts-expect-error -- a label that the metric does not have
  expect(() => counter.inc({ b: "x" })).toThrow("not included in initial labelset");
  expect(registryOfReal).toBe(own.register);
  const found = registry.getSingleMetric<"a">("c");
  expect(found).toBe(counter);
  expect((await counter.get()).values).toEqual([{ value: 3, labels: { a: "x" } }]);
});

test("registries and metrics without labels are accepted for those of the successor", () => {
  const registry = new own.Registry();
  const options = { name: "c", help: "h", registers: [registry] };
  // Without label names, its metrics have the type `never`.
  const counter: successor.Counter & fork.Counter = new own.Counter<never>(options);
  // Not called: such registries listen to messages until the end of the process.
  const makers: [
    () => successor.ClusterRegistry<successor.PrometheusContentType>,
    () => successor.WorkerRegistry<successor.PrometheusContentType>,
  ] = [() => new own.ClusterRegistry(), () => new own.WorkerRegistry()];
  const gateway: successor.Pushgateway<successor.PrometheusContentType> = new own.Pushgateway("", registry);
  expect([registry.getSingleMetric("c"), gateway]).toEqual([counter, expect.any(own.Pushgateway)]);
  expect(makers.length).toBe(2);
  // The type is a text, as the successor declares it.
  const [described] = registry.getMetricsAsArray();
  expect(described?.type === "counter").toBe(true);
});
