// Readers under two providers: ours and upstream's. Upstream's exporters under its own reader are among them.
import { diag } from "@opentelemetry/api";
import * as upstream from "@opentelemetry/sdk-metrics";
import * as ours from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { waitMillis } from "../../kit/test-length.ts";
import type { Figure } from "./figures.ts";
import { type ReaderKind, readers } from "./readers.ts";

beforeEach(() => void collectWarnings());
afterEach(() => diag.disable());

test.each(readers)("$name delivers the same from upstream's provider as from ours", async (kind) => {
  const delivered = await figuresOn(ours.MeterProvider, kind);
  // The history is asked for its sums only.
  const names = delivered.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["orders", "stock", "heat", "sales"]));
  expect(await figuresOn(upstream.MeterProvider, kind)).toEqual(delivered);
});

async function figuresOn(
  Provider: typeof ours.MeterProvider | typeof upstream.MeterProvider,
  kind: ReaderKind,
): Promise<readonly Figure[]> {
  const { reader, collect, arrived } = await kind.make(waitMillis);
  const provider = new Provider({ readers: [reader] });
  const meter = provider.getMeter("shop");
  const orders = meter.createCounter("orders");
  const wait = meter.createHistogram("wait", { advice: { explicitBucketBoundaries: [1, 10] } });
  meter.createUpDownCounter("stock").add(-2);
  meter.createGauge("heat").record(20.5);
  meter.createObservableCounter("sales").addCallback((result) => result.observe(7));
  for (const shop of ["north", "south"]) {
    orders.add(3, { shop });
    for (const value of [0.5, 5, 50]) wait.record(value, { shop });
  }
  await collect();
  const figures = await arrived();
  await provider.shutdown();
  return figures.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ name, attributes }: Figure): string {
  return `${name} ${JSON.stringify(attributes)}`;
}
