// Metrics and registries in a `Proxy` or below `Object.create`, as libraries wrap them.
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { start } from "../../src/index.ts";
import own, { type Gauge } from "../../src/prom-client/index.ts";

// Its types are not assignable to ours.
const real: typeof own = createRequire(import.meta.url)("prom-client");

const WRAPPERS: Readonly<Record<string, <T extends object>(target: T) => T>> = {
  "a Proxy": (target) => new Proxy(target, {}),
  "a Proxy of a Proxy": (target) => new Proxy(new Proxy(target, {}), {}),
  "a Proxy that binds methods": (target) =>
    new Proxy(target, {
      get: (object, key, receiver) => {
        const value = Reflect.get(object, key, receiver);
        return typeof value === "function" ? value.bind(receiver) : value;
      },
    }),
  "Object.create": (target) => Object.create(target),
};

type Wrapper = (typeof WRAPPERS)[string];

// Everything that a program does with metrics and a registry, through their wrappers.
async function outcome(client: typeof own, wrap: Wrapper): Promise<unknown> {
  const registry = wrap(new client.Registry());
  const common = { help: "h", labelNames: ["a"], registers: [registry] };
  const counter = wrap(new client.Counter({ ...common, name: "orders" }));
  const bare = wrap(new client.Counter({ name: "calls", help: "h", registers: [registry] }));
  const gauge: Gauge = wrap(
    new client.Gauge({ ...common, name: "carts", collect: () => gauge.set({ a: "c" }, 9) }),
  );
  const histogram = wrap(new client.Histogram({ ...common, name: "size", buckets: [1, 2] }));
  const summary = wrap(new client.Summary({ ...common, name: "wait", percentiles: [0.5] }));
  counter.inc({ a: "x" }, 2);
  counter.labels("y").inc();
  counter.remove("y");
  bare.inc();
  bare.inc(2);
  gauge.inc({ a: "x" });
  gauge.dec({ a: "x" }, 3);
  gauge.labels({ a: "y" }).set(4);
  histogram.observe({ a: "x" }, 1.5);
  histogram.labels("x").observe(3);
  histogram.zero({ a: "z" });
  summary.observe({ a: "x" }, 1);
  summary.labels("x").observe(1);
  for (const metric of [gauge, histogram, summary]) expect(metric.startTimer({ a: "t" })()).toBeLessThan(1);
  for (const metric of [gauge, histogram, summary]) metric.remove("t");
  registry.setDefaultLabels({ shop: "north" });
  const further = wrap(new client.Registry());
  for (const metric of [counter, bare, gauge, histogram, summary]) further.registerMetric(metric);
  const found = {
    text: await registry.metrics(),
    json: await further.getMetricsAsJSON(),
    one: await registry.getSingleMetricAsString("orders"),
    further: await further.metrics(),
    merged: await client.Registry.merge([wrap(further)]).metrics(),
    got: await Promise.all([counter, bare, gauge, histogram, summary].map((metric) => metric.get())),
    names: registry.getMetricsAsArray().map(({ name }) => name),
    type: registry.contentType,
  };
  // Other tests of the process have the metrics of all registries, too.
  for (const each of [registry, further]) each.clear();
  return found;
}

test.each(Object.entries(WRAPPERS))(
  "%s of a metric or registry works as with the real package",
  async (_, wrap) => {
    expect(await outcome(own, wrap)).toEqual(await outcome(real, wrap));
  },
);

test.each(Object.entries(WRAPPERS))(
  "metrics of a registry in %s reach the SDK's readers",
  async (_, wrap) => {
    const target = new own.Registry();
    new own.Counter({ name: "wrapped_orders", help: "h", registers: [wrap(target)] }).inc(3);
    wrap(target).setDefaultLabels({ shop: "north" });
    const telemetry = start({ readers: [], host: false, runtime: false, group: false, instrumentations: [] });
    const { metrics } = await telemetry.snapshot();
    await telemetry.shutdown();
    target.clear();
    expect(metrics['wrapped_orders{shop="north"}']?.value).toBe(3);
  },
);

test("a Pushgateway in a Proxy has its address", () => {
  for (const client of [own, real]) {
    const gateway = new Proxy(new client.Pushgateway("http://127.0.0.1:9091"), {});
    expect(gateway.gatewayUrl).toBe("http://127.0.0.1:9091");
  }
});

test("the inner side of metrics and registries is not listed", () => {
  const registry = new own.Registry();
  const counter = new own.Counter({ name: "orders", help: "h", registers: [registry] });
  expect(Object.keys(registry)).toEqual(["contentType"]);
  expect(Object.getOwnPropertySymbols(Object.assign({}, counter))).toEqual([]);
});
