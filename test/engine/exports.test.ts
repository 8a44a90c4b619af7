import { ExportResultCode } from "@opentelemetry/core";
import * as sdk from "@opentelemetry/sdk-metrics";
import * as metrics from "tachymeter/metrics";
import { expect, test } from "vitest";
import * as values from "../../src/engine/sdk-values.ts";

test("every name of the installed sdk-metrics is exported, except for the provider and one error", () => {
  const ours = new Map(Object.entries(metrics));
  const differing = Object.entries(sdk).filter(([name, value]) => ours.get(name) !== value);
  expect(differing.map(([name]) => name)).toEqual(["MeterProvider", "TimeoutError"]);
});

test("the engine's copies of upstream's values are equal to them", () => {
  const { TimeoutError, ...enums } = values;
  const upstream: Record<string, unknown> = { ...sdk, ExportResultCode };
  // Enums of numbers also map their numbers to their names.
  const named = Object.keys(enums).map((name) => [
    name,
    Object.fromEntries(Object.entries(upstream[name] ?? {}).filter(([key]) => !/^\d+$/.test(key))),
  ]);
  expect(enums).toEqual(Object.fromEntries(named));
  expect(new sdk.TimeoutError("late")).toBeInstanceOf(TimeoutError);
});
