// Behaviour from before several mechanisms were merged into one.
import { TelemetryCollector } from "tachymeter/facades";
import { MeterProvider } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test, vi } from "vitest";
import { isSecretKey, redact, redactText } from "../../src/diagnostics/redact.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { PullReader } from "../kit/pull-reader.ts";

test("a collector distinguishes names that differ only in case", async () => {
  const collector = new TelemetryCollector();
  collector.registerCounter("Requests").increment(1);
  collector.registerCounter("requests").increment(5);
  collector.registerCounter("Jobs").increment(1);
  collector.registerGauge("jobs").set(5);
  const { metrics } = await collector.getSnapshot();
  expect(metrics).toMatchObject({
    Requests: { value: 1 },
    requests: { value: 5 },
    Jobs: { value: 1 },
    jobs: { value: 5 },
  });
});

test("gauges of a collector are removed after the time to live of series", async () => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  const reader = new PullReader();
  const meterProvider = new MeterProvider({ readers: [reader], seriesTimeToLive: 1 });
  const gauge = new TelemetryCollector({ meterProvider }).registerGauge("sessions", "", ["user"]);
  for (const user of ["a", "b", "c"]) gauge.set(1, { user });
  const count = async (): Promise<number> => {
    const { resourceMetrics } = await reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.find(({ descriptor }) => descriptor.name === "sessions")?.dataPoints.length ?? 0;
  };
  expect(await count()).toBe(3);
  for (let second = 0; second < 4; second++) {
    vi.advanceTimersByTime(1_000);
    await count();
  }
  expect(await count()).toBe(0);
  await meterProvider.shutdown();
  vi.useRealTimers();
});

test("a name of a million letters is scanned once", () => {
  const name = `${"s".repeat(1_000_000)}x`;
  expect(redactText(`GET /?${name}=1 failed`)).toContain("failed");
});

test("an array of millions of elements is copied up to the bound", () => {
  const copy = redact(Array.from({ length: 5_000_000 }));
  expect(copy).toHaveLength(10_001);
});

test("values of payload keys that contain a secret's name are hidden", () => {
  const keys = ["password.value", "session.id", "secrets[0]", "password_file", "userpwd", "cookie.domain"];
  const payload = Object.fromEntries(keys.map((key) => [key, "hunter2"]));
  expect(JSON.stringify(redact(payload, "", isSecretKey))).not.toContain("hunter2");
});

test("the getters and contents of a dropped object are not read", () => {
  const warnings = collectWarnings();
  const read = vi.fn<() => string>(() => "hunter2");
  const value: unknown = Object.defineProperty({}, "name", { enumerable: true, get: read });
  const counter = new TelemetryCollector().registerCounter("n");
  Reflect.apply(counter.increment.bind(counter), counter, [value]);
  expect(warnings.join()).toContain(
    "dropped an object (not_a_number); pass the number first, then the attributes or labels",
  );
  expect(read).not.toHaveBeenCalled();
});

test.each([null, false, ""])("an outbox that is %j is refused", (outbox: unknown) => {
  expect(() => Reflect.construct(OtlpExporter, [{ outbox }])).toThrow(
    expect.objectContaining({ name: "OptionsError" }),
  );
});

test("null is refused as the options of a Prometheus exporter", () => {
  const make = (): unknown => Reflect.construct(PrometheusExporter, [null]);
  expect(make).toThrow("options must be an object such as { port: 9464 }, got null");
});

test("a metric filter whose methods cannot be read is refused together with other options", () => {
  const fail = (): never => {
    throw new Error("hostile");
  };
  const metricFilter = new Proxy({}, { get: fail });
  const make = (): unknown => Reflect.construct(PrometheusExporter, [{ port: -1, metricFilter }]);
  expect(make).toThrow(/port must be .*metricFilter must be an object with the methods testMetric/s);
});
