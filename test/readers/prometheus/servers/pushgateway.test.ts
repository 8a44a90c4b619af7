// Pushes to a real Pushgateway: it serves what a scrape of the same collection shows.
import { diag } from "@opentelemetry/api";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PushgatewayExporter, type PushgatewayOptions } from "tachymeter/prometheus";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { PushReader } from "../../../../src/readers/push-reader.ts";
import { collectWarnings } from "../../../kit/collect-warnings.ts";
import { freePort } from "../../../kit/process.ts";
import { newFolder } from "../../../kit/new-folder.ts";
import { needs } from "../../../servers/needs.ts";
import { startPushgateway } from "../../../servers/pushgateway.ts";
import { parseText, type Sample } from "../text/parse-text.ts";
import { ODD_TEXT } from "./application.ts";

let warnings: readonly string[];
beforeEach((context) => {
  needs(context, "prometheus-pushgateway");
  warnings = collectWarnings();
});
afterEach(() => diag.disable());

test("a Pushgateway serves the samples of every kind of instrument under its group's labels", async () => {
  const url = await startPushgateway();
  const groupings = { path: "/var/tmp", shift: "", host: "db 1" };
  const { provider, push } = pushing({ url, job: "night/backup", groupings });
  const meter = provider.getMeter("shop");
  meter
    .createCounter("orders", { description: "Orders.\nAll." })
    .add(2.5, { channel: "web", text: ODD_TEXT.replaceAll("\0", "") });
  meter.createUpDownCounter("stock").add(-3);
  meter.createGauge("heat", { unit: "Cel" }).record(Infinity);
  for (const seconds of [0.1, 5, 70]) meter.createHistogram("wait", { unit: "s" }).record(seconds);
  meter.createHistogram("exponential").record(4);
  await push();
  const samples = await served(url);
  const labels = {
    job: "night/backup",
    path: "/var/tmp",
    shift: "",
    host: "db 1",
    instance: "",
    otel_scope_name: "shop",
  };
  const withName = (name: string): readonly Sample[] => samples.filter((sample) => sample.name === name);
  expect(withName("orders_total")).toEqual([
    {
      name: "orders_total",
      labels: { ...labels, channel: "web", text: ODD_TEXT.replaceAll("\0", "") },
      value: 2.5,
    },
  ]);
  expect(withName("stock")).toEqual([{ name: "stock", labels, value: -3 }]);
  expect(withName("heat_celsius")).toEqual([{ name: "heat_celsius", labels, value: Infinity }]);
  expect(withName("wait_seconds_count")).toEqual([{ name: "wait_seconds_count", labels, value: 3 }]);
  expect(withName("wait_seconds_bucket").find(({ labels: { le } }) => le === "10")?.value).toBe(2);
  expect(withName("exponential_sum")).toEqual([{ name: "exponential_sum", labels, value: 4 }]);
  expect(warnings).toEqual([]);
});

test("attributes named as labels of the group get a prefix", async () => {
  const url = await startPushgateway();
  const { provider, push } = pushing({ url, job: "backup", groupings: { host: "db1" } });
  const rows = provider.getMeter("shop").createCounter("rows");
  for (const of of ["a", "b"]) rows.add(1, { job: of, host: of, instance: of });
  await push();
  const labels = (await served(url)).flatMap((sample) =>
    sample.name === "rows_total" ? [sample.labels] : [],
  );
  const group = { job: "backup", host: "db1", otel_scope_name: "shop" };
  expect(labels).toEqual(
    ["a", "b"].map((of) => ({ ...group, exported_job: of, exported_host: of, instance: of })),
  );
  expect(warnings).toEqual([]);
});

test("a push replaces the group, an added push the metrics of the same names, and the end deletes the group", async () => {
  const url = await startPushgateway();
  const first = pushing({ url, job: "batch", mode: "pushAdd" });
  first.provider.getMeter("shop").createCounter("read").add(1);
  await first.push();
  const second = pushing({ url, job: "batch", mode: "pushAdd" });
  second.provider.getMeter("shop").createCounter("written").add(2);
  await second.push();
  expect(await namesIn(url)).toEqual(["read_total", "written_total"]);
  const third = pushing({ url, job: "batch", deleteAtEnd: true });
  third.provider.getMeter("shop").createCounter("sorted").add(3);
  await third.push();
  expect(await namesIn(url)).toEqual(["sorted_total"]);
  await third.provider.shutdown();
  expect(await namesIn(url)).toEqual([]);
});

test("after an outage a Pushgateway gets the latest figures alone", async () => {
  const port = await freePort();
  const outbox = { directory: newFolder("outbox") };
  const { provider, push } = pushing({ url: `http://127.0.0.1:${port}`, job: "batch", outbox });
  const orders = provider.getMeter("shop").createCounter("orders");
  for (let i = 0; i < 5; i++) {
    orders.add(1);
    await push(100);
  }
  const url = await startPushgateway(port);
  await push();
  const value = async () => (await served(url)).find(({ name }) => name === "orders_total")?.value;
  await expect.poll(value).toBe(5);
});

function pushing(options: PushgatewayOptions) {
  const exporter = new PushgatewayExporter(options);
  const reader = new PushReader({
    exporter,
    intervalMillis: 3_600_000,
    timeoutMillis: 30_000,
    onCollection: () => {},
  });
  const provider = new MeterProvider({
    readers: [reader],
    views: [{ instrumentName: "exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  onTestFinished(() => provider.shutdown());
  return {
    provider,
    push: (timeoutMillis = 5_000) => reader.forceFlush({ timeoutMillis }).catch(() => {}),
  };
}

async function served(url: string): Promise<readonly Sample[]> {
  return parseText(await (await fetch(`${url}/metrics`)).text()).samples;
}

async function namesIn(url: string): Promise<readonly string[]> {
  const names = (await served(url)).flatMap(({ name, labels }) =>
    labels["job"] === "batch" && /^(?:read|written|sorted)_/.test(name) ? [name] : [],
  );
  return names.toSorted();
}
