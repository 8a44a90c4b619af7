import * as sdk from "@opentelemetry/sdk-metrics";
import * as metrics from "tachymeter/metrics";
import { expect, test } from "vitest";

test("every name of the installed sdk-metrics is exported, the provider alone being another", () => {
  const ours = new Map(Object.entries(metrics));
  const differing = Object.entries(sdk).filter(([name, value]) => ours.get(name) !== value);
  expect(differing.map(([name]) => name)).toEqual(["MeterProvider"]);
});
