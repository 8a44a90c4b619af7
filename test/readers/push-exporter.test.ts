import { ExportResultCode } from "@opentelemetry/core";
import type { Meter } from "@opentelemetry/api";
import type { PushMetricExporter } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countedExporter } from "../../src/readers/push-exporter.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { counter, resourceMetrics, scope } from "./resource-metrics.ts";

const twoPoints = resourceMetrics([scope("s", [counter({ name: "c" }, [{ a: 1 }, 1], [{ a: 2 }, 1])])]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("an exporter that alternates between failure and success is logged once a minute", async () => {
  const warnings = collectWarnings();
  const { exporter, outcome } = flapping();
  for (let second = 0; second < 59; second++) {
    outcome.fails = second % 2 === 0;
    await exported(exporter);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(warnings).toEqual([
    'exporter "json/0": exports failed since the last success: 1, latest error: no answer; ' +
      "the application continues, logged at most once a minute",
  ]);
  await vi.advanceTimersByTimeAsync(1_000);
  outcome.fails = true;
  await exported(exporter);
  expect(warnings).toHaveLength(2);
});

test("an export that does not end in time has failed", async () => {
  const warnings = collectWarnings();
  const { provider, points } = collectingProvider();
  const { exporter, outcome } = flapping(provider.getMeter("tachymeter.telemetry"));
  outcome.hangs = true;
  const ended = exported(exporter);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(warnings).toEqual([]);
  expect(await points("otel.sdk.exporter.metric_data_point.inflight")).toMatchObject([{ value: 2 }]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await ended).toBe(ExportResultCode.SUCCESS);
  expect(warnings).toEqual([expect.stringContaining("no response within 30 s")]);
});

test("the outcome of each export is counted and timed", async () => {
  collectWarnings();
  const { provider, points } = collectingProvider();
  const { exporter, outcome } = flapping(provider.getMeter("tachymeter.telemetry"));
  await exported(exporter);
  outcome.fails = true;
  await exported(exporter);
  const attributes = { "otel.component.type": "json_metric_exporter", "otel.component.name": "json/0" };
  const failed = { ...attributes, "error.type": "TypeError" };
  expect(await points("otel.sdk.exporter.metric_data_point.exported")).toEqual([
    { attributes, value: 2 },
    { attributes: failed, value: 2 },
  ]);
  expect(await points("otel.sdk.exporter.metric_data_point.inflight")).toEqual([{ attributes, value: 0 }]);
  expect(await points("otel.sdk.exporter.operation.duration")).toEqual([
    { attributes, value: expect.objectContaining({ count: 1 }) },
    { attributes: failed, value: expect.objectContaining({ count: 1 }) },
  ]);
});

function flapping(meter?: Meter) {
  const outcome = { fails: false, hangs: false };
  const beneath: PushMetricExporter = {
    export: (_metrics, done) => {
      if (outcome.hangs) return;
      if (outcome.fails) done({ code: ExportResultCode.FAILED, error: new TypeError("no answer") });
      else done({ code: ExportResultCode.SUCCESS });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const options = { name: "json/0", type: "json_metric_exporter", timeoutMillis: 30_000, meter: () => meter };
  return { outcome, exporter: countedExporter(beneath, options) };
}

function exported(exporter: PushMetricExporter): Promise<ExportResultCode> {
  return new Promise((resolve) => exporter.export(twoPoints, ({ code }) => resolve(code)));
}
