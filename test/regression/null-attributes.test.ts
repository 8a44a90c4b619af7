// `null` is a value of an attribute: OpenTelemetry specification, "Common concepts", AnyValue.
import type { Attributes, MeterOptions } from "@opentelemetry/api";
import { History } from "tachymeter/history";
import { storeOf } from "../../src/history/store-of.ts";
import { HistoryExporter } from "../../src/history/parts.ts";
import { MeterProvider } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { PrometheusExporter, renderPrometheus } from "tachymeter/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { snapshotMetrics } from "../kit/snapshot-metrics.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";

// The API's types know `null` from 1.10 on.
const NO_SESSION: Attributes = Object({ "session.id": null });

function recorded() {
  const collecting = collectingProvider();
  const counter = collecting.provider.getMeter("shop").createCounter("visits");
  counter.add(1, NO_SESSION);
  counter.add(2, {});
  counter.add(4, { "session.id": undefined });
  counter.add(8, { ...NO_SESSION });
  counter.bind(NO_SESSION).add(16);
  return collecting;
}

test("null makes a separate series, undefined does not", async () => {
  expect(await recorded().points("visits")).toEqual([
    { attributes: { "session.id": null }, value: 25 },
    { attributes: {}, value: 6 },
  ]);
});

test("null, an empty string, 0, false, an empty array and an empty map are six values", async () => {
  const { provider, points } = collectingProvider();
  const counter = provider.getMeter("shop").createCounter("visits");
  const values = [null, "", 0, false, [], {}];
  for (const session of [...values, ...values]) counter.add(1, Object({ session }));
  const expected = values.map((session) => ({ attributes: { session }, value: 2 }));
  expect(await points("visits")).toEqual(expected);
});

test("in Prometheus and in snapshots null is an empty string, as the specification says", async () => {
  const { collect, provider } = recorded();
  provider
    .getMeter("shop")
    .createCounter("lists")
    .add(1, Object({ list: [null, { a: null }] }));
  const metrics = await collect();
  const text = renderPrometheus(metrics);
  // In Prometheus a label with an empty value is equal to no label.
  expect(text).toMatch(/^visits_total\{otel_scope_name="shop",session_id=""\} 31$/m);
  expect(text.match(/^visits_total/gm)).toHaveLength(1);
  expect(text).toContain('list="[null,{\\"a\\":null}]"');
  expect(Object.values(snapshotMetrics(metrics))[0]).toMatchObject({ labels: { session_id: "" }, value: 31 });
});

test.each(["text/plain", "application/openmetrics-text; version=1.0.0"])(
  "scrapes as %s have one series for null and for an empty string",
  async (accept) => {
    const exporter = new PrometheusExporter({ preventServerStart: true, scopeLabels: false });
    const counter = new MeterProvider({ readers: [exporter] }).getMeter("shop").createCounter("visits");
    counter.add(1, Object({ a: null, b: 1 }));
    counter.add(2, { a: "", b: 1 });
    counter.add(4, Object({ a: null, b: null }));
    const request = new Request("http://localhost/metrics", { headers: { accept } });
    const text = await (await exporter.fetchHandler()(request)).text();
    expect(text.match(/^visits_total\{.*/gm)).toEqual([
      'visits_total{a="",b="1"} 3',
      'visits_total{a="",b=""} 4',
    ]);
  },
);

test("in OTLP null is a value without content", async () => {
  const receiver = await otlpReceiver();
  const exporter = new OtlpExporter({ url: receiver.url });
  onTestFinished(() => exporter.shutdown());
  const { collect } = recorded();
  const metrics = await collect();
  await new Promise((resolve) => exporter.export(metrics, resolve));
  await exporter.forceFlush();
  const points = receiver.metric("visits")?.points ?? [];
  // The receiver shows a value without content as undefined.
  expect(points.map(({ attributes }) => Object.entries(attributes))).toEqual([
    [["session.id", undefined]],
    [],
  ]);
});

test("a history stores null, and queries treat it as empty", async () => {
  const { collect, provider } = recorded();
  provider.getMeter("shop").createCounter("visits").add(1, { "session.id": "x" });
  const metrics = await collect();
  const history = await History.open({ path: ":memory:" });
  onTestFinished(() => history.close());
  await new Promise<void>((resolve) =>
    new HistoryExporter(storeOf(history)).export(metrics, () => resolve()),
  );
  const { series } = await history.query({ metric: "visits", where: { "session.id": "" } });
  expect(series.map(({ attributes }) => attributes)).toEqual([{ "session.id": null }, {}]);
});

test("maps, bytes, nested lists and nulls are attributes of a scope", async () => {
  const { provider, collect } = collectingProvider();
  const attributes = {
    map: { deep: [1, { a: null }] },
    bytes: Uint8Array.of(1, 2),
    lists: [[1], ["x"]],
    none: null,
  };
  const options: MeterOptions = Object({ attributes });
  provider.getMeter("shop", "1", options).createCounter("visits").add(1);
  const [scope] = (await collect()).scopeMetrics;
  expect(scope?.scope).toMatchObject({ attributes });
  expect(renderPrometheus(await collect())).toContain('otel_scope_bytes="AQI="');
});

test("meters are the same exactly if the attributes of their scopes are equal", () => {
  const { provider } = collectingProvider();
  const meterOf = (value: unknown) => provider.getMeter("shop", "1", Object({ attributes: { value } }));
  const values = [
    null,
    NaN,
    Infinity,
    "NaN",
    [null],
    [NaN],
    ["number", "NaN"],
    {},
    [],
    { a: 1, b: 2 },
    Uint8Array.of(1),
  ];
  expect(new Set(values.map(meterOf)).size).toBe(values.length);
  for (const value of values) expect(meterOf(value)).toBe(meterOf(value));
  expect(meterOf({ b: 2, a: 1 })).toBe(meterOf({ a: 1, b: 2 }));
  expect(meterOf(undefined)).toBe(provider.getMeter("shop", "1"));
});
