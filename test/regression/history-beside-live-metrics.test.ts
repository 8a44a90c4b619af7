// Queries over a history and live metrics together counted series twice, or lost those of other processes.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { metrics } from "@opentelemetry/api";
import { type Options, start } from "tachymeter";
import { BridgeTelemetry, History } from "tachymeter/history";
import { storeOf } from "../../src/history/store-of.ts";
import { HistoryExporter } from "../../src/history/parts.ts";
import { MeterProvider } from "tachymeter/metrics";
import { expect, onTestFinished, test } from "vitest";
import { resourceFrom } from "../../src/engine/resource.ts";
import { newFolder } from "../kit/new-folder.ts";
import { PullReader } from "../kit/pull-reader.ts";

const pathOfHistory = (): string => join(newFolder("beside-live"), "tachymeter.db");

/** The value of an expression, after `record` and a live collection that has its figures. */
async function valueOf(
  expression: string,
  record: () => unknown,
  options: Options = {},
  path = pathOfHistory(),
): Promise<unknown> {
  const telemetry = start({
    history: { path },
    live: { resolution: 1 },
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    serviceName: "shop",
    readers: [],
    ...options,
  });
  onTestFinished(() => metrics.disable());
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  // The live metrics have a collection, if they have begun. The first query makes another one.
  await sleep(1_100);
  await record();
  await telemetry.forceFlush();
  const result = await telemetry.query(expression);
  return result.kind === "vector" ? result.series.map(({ value }) => value) : result;
}

const addOrders = (): void => metrics.getMeter("shop").createCounter("orders").add(3);

test("a metric of the bridge counts once", async () => {
  const record = (): unknown => new BridgeTelemetry().recordMetric("depth", 5, {});
  expect(await valueOf("sum(depth)", record)).toEqual([5]);
});

test.each([
  ["an id that is a number", { resource: { "service.instance.id": 5 } }],
  [
    "a provider with another resource",
    { createMeterProvider: ({ readers }) => new MeterProvider({ readers: [...readers] }) },
  ],
] satisfies readonly (readonly [string, Options])[])(
  "the own series count once with %s",
  async (_, options) => {
    expect(await valueOf("sum(orders_total)", addOrders, options)).toEqual([3]);
  },
);

test.each([undefined, { monitors: false }])(
  "a query sees another process of the store in short ranges too, with alerts %j",
  async (alerts) => {
    const path = pathOfHistory();
    const history = await History.open({ path });
    onTestFinished(() => history.close());
    const exporter = new HistoryExporter(storeOf(history));
    const reader = new PullReader();
    const resource = resourceFrom([
      ["service.name", "stock"],
      ["service.instance.id", "s"],
    ]);
    const provider = new MeterProvider({ readers: [reader], resource });
    onTestFinished(() => provider.shutdown());
    const orders = provider.getMeter("stock").createCounter("orders");
    // Beyond the range, so that the live metrics reach back to its start.
    const record = async (): Promise<void> => {
      addOrders();
      await sleep(4_000);
      orders.add(100);
      const { resourceMetrics } = await reader.collect();
      await new Promise<void>((done) => exporter.export(resourceMetrics, () => done()));
    };
    const options = alerts === undefined ? {} : { alerts };
    expect(await valueOf("sum(last_over_time(orders_total[3s]))", record, options, path)).toEqual([103]);
  },
);
