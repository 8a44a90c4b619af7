// Properties of registries and metrics that libraries use, with the real package as the oracle.
import { createRequire } from "node:module";
import http from "node:http";
import { afterEach, expect, test } from "vitest";
import own from "../../src/prom-client/index.ts";
import { moduleFor, PACKAGES } from "../../src/prom-client/packages.ts";

// Its types are not assignable to ours.
const real: typeof own = createRequire(import.meta.url)("prom-client");
const clients = Object.entries({ ours: own, "the real package": real });

// The types of the packages do not have it.
const modules = PACKAGES.flatMap((name) => {
  const original: typeof own = createRequire(import.meta.url)(name);
  return Object.entries({ [`ours for ${name}`]: moduleFor(name), [name]: original });
});

test.each(modules)("%s: the global registry is a property of all classes of registries", (_, client) => {
  const { register, Registry } = client;
  const classes = Object.values(client).filter(
    (each) => each === Registry || each.prototype instanceof Registry,
  );
  expect(classes.length).toBeGreaterThan(1);
  for (const each of classes) expect(each).toHaveProperty("globalRegistry", register);
  expect(register).toBeInstanceOf(Registry);
});

test.each(clients)("%s: a registry takes any object with get(), also without a name", async (_, client) => {
  const described = { name: "inner", help: "h", type: "gauge", values: [{ value: 1, labels: { a: 'x"' } }] };
  const nameless = { get: () => described };
  const another = { get: async () => described };
  const registry = new client.Registry();
  registry.registerMetric(nameless);
  registry.registerMetric(nameless);
  expect(() => registry.registerMetric(another)).toThrow(
    new Error("A metric with the name undefined has already been registered."),
  );
  const text = '# HELP inner h\n# TYPE inner gauge\ninner{a="x\\""} 1';
  expect(await registry.metrics()).toBe(`${text}\n`);
  expect(await client.Registry.merge([registry]).metrics()).toBe(`${text}\n`);
  expect(await registry.getMetricsAsString(another)).toBe(text);
  expect(await registry.getMetricsAsJSON()).toEqual([described]);
  expect(registry.getSingleMetric("undefined")).toBe(nameless);
});

test.each(clients)("%s: only registries can be the registries of a cluster's worker", (_, client) => {
  const given = {
    counter: new client.Counter({ name: "refused_counter", help: "h", registers: [] }),
    gauge: new client.Gauge({ name: "refused_gauge", help: "h", registers: [] }),
    histogram: new client.Histogram({ name: "refused_histogram", help: "h", registers: [] }),
    summary: new client.Summary({ name: "refused_summary", help: "h", registers: [] }),
    gateway: new client.Pushgateway("http://127.0.0.1:9091"),
    json: { getMetricsAsJSON: () => [] },
  };
  const { AggregatorRegistry }: { readonly AggregatorRegistry: object } = client;
  const setRegistries: (given: unknown) => void = Reflect.get(AggregatorRegistry, "setRegistries");
  for (const refused of Object.values(given)) {
    const refusal = new TypeError("Expected Registry, got object");
    expect(() => setRegistries(refused)).toThrow(refusal);
    expect(() => setRegistries([client.register, refused])).toThrow(refusal);
  }
  setRegistries(new client.Registry());
  setRegistries([client.register]);
});

test("an object without get() is refused at once", () => {
  expect(() => own.register.registerMetric({ name: "orders" })).toThrow(
    "metric must have a method get(), got { name: 'orders' }",
  );
});

test.each(clients)("%s: an aggregated metric is read without a promise", (_, client) => {
  const metric = {
    name: "orders",
    help: "h",
    type: "counter",
    aggregator: "sum",
    values: [{ value: 1, labels: {} }],
  };
  const registry = client.AggregatorRegistry.aggregate([[metric], [metric]]);
  expect(registry.getSingleMetric("orders")?.get()).toEqual({
    ...metric,
    values: [{ value: 2, labels: {} }],
  });
});

test.each(clients)(
  "%s: the metrics by their names and the buckets of a histogram can be read",
  (_, client) => {
    const registry = new client.Registry();
    const histogram = new client.Histogram({
      name: "size",
      help: "h",
      buckets: [0.5, 1, 5],
      registers: [registry],
    });
    expect(metricsIn(registry)).toEqual({ size: histogram });
    expect(histogram.bucketValues).toEqual({ 0.5: 0, 1: 0, 5: 0 });
    expect(Object.isFrozen(histogram.bucketValues)).toBe(true);
  },
);

test("the metrics by their names cannot be changed", () => {
  const registry = new own.Registry();
  const counter = new own.Counter({ name: "orders", help: "h", registers: [registry] });
  expect(Reflect.deleteProperty(metricsIn(registry), "orders")).toBe(false);
  expect(Reflect.set(metricsIn(registry), "carts", {})).toBe(false);
  expect(registry.getMetricsAsArray()).toEqual([counter]);
});

function metricsIn(registry: object): object {
  const metrics: unknown = Reflect.get(registry, "_metrics");
  return Object(metrics);
}

test.each(clients)("%s: a text as a bucket is written with escapes", async (_, client) => {
  const registry = new client.Registry();
  const options = { name: "size", help: "h", buckets: ["0.5", 'a"\\\n', 2], registers: [registry] };
  Reflect.construct(client.Histogram, [options]).observe(1);
  const lines = (await registry.metrics()).split("\n").filter((line) => line.startsWith("size_bucket"));
  expect(lines).toEqual([
    'size_bucket{le="0.5"} 0',
    'size_bucket{le="a\\"\\\\\\n"} 0',
    'size_bucket{le="2"} 1',
    'size_bucket{le="+Inf"} 1',
  ]);
});

test.each(clients)("%s: numbers as texts are buckets, such as those of a variable", async (_, client) => {
  const registry = new client.Registry();
  const options = { name: "size", help: "h", buckets: "0.5,1,Infinity".split(","), registers: [registry] };
  const histogram = Reflect.construct(client.Histogram, [options]);
  for (const value of [0.1, 0.7, 3]) histogram.observe(value);
  const lines = (await registry.metrics()).split("\n").filter((line) => line.startsWith("size_bucket"));
  expect(lines).toEqual([
    'size_bucket{le="0.5"} 1',
    'size_bucket{le="1"} 2',
    'size_bucket{le="Infinity"} 3',
    'size_bucket{le="+Inf"} 3',
  ]);
});

test.each(clients)("%s: a default label has no effect on the bound of a bucket", async (_, client) => {
  const registry = new client.Registry();
  registry.setDefaultLabels({ le: "x" });
  const options = { name: "size", help: "h", buckets: [1], registers: [registry] };
  Reflect.construct(client.Histogram, [options]).observe(2);
  expect((await registry.metrics()).split("\n").slice(2, -1)).toEqual([
    'size_bucket{le="1"} 0',
    'size_bucket{le="+Inf"} 1',
    'size_sum{le="x"} 2',
    'size_count{le="x"} 1',
  ]);
});

test.each(clients)("%s: a subclass may have its callback as a method", async (_, client) => {
  class Uptime extends client.Gauge {
    override collect(): void {
      this.set(3);
    }
  }
  const registry = new client.Registry();
  const gauge = new Uptime({ name: "uptime", help: "h", registers: [registry] });
  expect(await registry.metrics()).toContain("uptime 3");
  gauge.collect = () => gauge.set(4);
  expect(await registry.metrics()).toContain("uptime 4");
});

const { request } = http;
afterEach(() => void (http.request = request));

test.each(clients)(
  "%s: a push uses http.request as it is then, with one object of options",
  async (_, client) => {
    const calls: unknown[][] = [];
    http.request = (...given: unknown[]): never => {
      calls.push(given);
      throw new Error("a double");
    };
    const gateway = new client.Pushgateway("http://me:it@127.0.0.1:9091/path?x", {
      timeout: 5,
      headers: { a: "b" },
    });
    await expect(gateway.push({ jobName: "j b" })).rejects.toThrow("a double");
    expect(calls).toEqual([
      [
        expect.objectContaining({
          method: "PUT",
          hostname: "127.0.0.1",
          path: "/path/metrics/job/j%20b",
          auth: "me:it",
          timeout: 5,
          headers: { a: "b" },
        }),
        expect.any(Function),
      ],
    ]);
    expect(String(calls[0]?.[0] && Reflect.get(calls[0][0], "port"))).toBe("9091");
  },
);
