import { diag } from "@opentelemetry/api";
import { start } from "tachymeter";
import {
  Health,
  Network,
  System,
  PeriodicExporter,
  TelemetryCollector,
  MultiExporter,
} from "tachymeter/facades";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";

afterEach(() => {
  diag.disable();
});

test("each interval above an hour is logged, since it is probably in milliseconds", async () => {
  const warnings = collectWarnings();
  const health = new Health();
  const network = new Network();
  const ends = [
    health.register("db", () => true, { interval: 5_000 }),
    health.watchSystem({ memory: true, interval: 3_601 }),
    network.watchTcp("127.0.0.1", 1, { interval: 5_000 }),
    network.watchHttp("http://127.0.0.1:1", { interval: 5_000 }),
    health.register("hourly", () => true, { interval: 3_600 }),
  ];
  for (const end of ends) end();
  void new System({ collectionInterval: 5_000 });
  void new PeriodicExporter(new MultiExporter([]), new TelemetryCollector(), 30_000);
  const telemetry = start({
    readers: [{ type: "otlp-file", file: "/dev/null", interval: 60_000 }],
    collectionInterval: 10_000,
    alerts: { interval: 15_000, monitors: false },
    host: false,
    runtime: false,
    group: false,
  });
  await telemetry.shutdown();
  const remedy = "more than an hour; use seconds, not milliseconds";
  expect(warnings.filter((each) => each.includes("more than an hour"))).toEqual([
    `health check "db": interval is 5000, ${remedy}`,
    `health check "memory": interval is 3601, ${remedy}`,
    `network watch: interval is 5000, ${remedy}`,
    `network watch: interval is 5000, ${remedy}`,
    `system: collectionInterval is 5000, ${remedy}`,
    `periodic exporter: interval is 30000, ${remedy}`,
    `readers[0].interval is 60000, ${remedy}`,
    `alerts.interval is 15000, ${remedy}`,
    `collectionInterval is 10000, ${remedy}`,
  ]);
});
