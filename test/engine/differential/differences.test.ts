import { diag } from "@opentelemetry/api";
import * as sdk from "@opentelemetry/sdk-metrics";
import { MeterProvider } from "tachymeter/metrics";
import { beforeEach, expect, test } from "vitest";
import { differences } from "./differences.ts";

beforeEach(() => diag.disable());

const rows = differences.map((difference) => [difference.name, difference] as const);

test.each(rows)("upstream's provider %s", async (_, { show, upstream, ours }) => {
  expect(ours).not.toEqual(upstream);
  expect(await show((options) => new sdk.MeterProvider(options))).toEqual(upstream);
});

test.each(rows)("ours differs from upstream's, which %s", async (_, { show, ours }) => {
  expect(await show((options) => new MeterProvider(options))).toEqual(ours);
});
