import { ExportResultCode } from "@opentelemetry/core";
import { defaultResource } from "@opentelemetry/resources";
import * as sdk from "@opentelemetry/sdk-metrics";
import * as metrics from "tachymeter/metrics";
import { expect, test } from "vitest";
import * as values from "../../src/engine/sdk-values.ts";
import { PullReader } from "../kit/pull-reader.ts";

test("every name of the installed sdk-metrics is exported, except for the provider", () => {
  const ours = new Map(Object.entries(metrics));
  const differing = Object.entries(sdk).filter(([name, value]) => ours.get(name) !== value);
  expect(differing.map(([name]) => name)).toEqual(["MeterProvider"]);
});

test("the engine's copies of upstream's values are equal to them", () => {
  const { TimeoutError, extendTimeoutError, ...enums } = values;
  const upstream: Record<string, unknown> = { ...sdk, ExportResultCode };
  // Enums of numbers also map their numbers to their names.
  const named = Object.keys(enums).map((name) => [
    name,
    Object.fromEntries(Object.entries(upstream[name] ?? {}).filter(([key]) => !/^\d+$/.test(key))),
  ]);
  expect(enums).toEqual(Object.fromEntries(named));
  expect(new TimeoutError("late")).toBeInstanceOf(sdk.TimeoutError);
  expect(extendTimeoutError).toBeTypeOf("function");
});

test("the time-out of a callback and the default resource are instances of upstream's classes", async () => {
  const reader = new PullReader();
  const meter = new metrics.MeterProvider({ readers: [reader] }).getMeter("test");
  meter.createObservableGauge("late").addCallback(() => new Promise(() => {}));
  meter.createCounter("c").add(1);
  const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 1 });
  expect(errors).toEqual([expect.any(sdk.TimeoutError)]);
  expect(errors[0]).toMatchObject({ name: "TimeoutError", message: expect.stringContaining("late") });
  expect(resourceMetrics.resource).toStrictEqual(defaultResource());
});
