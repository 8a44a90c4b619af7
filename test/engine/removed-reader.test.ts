// Readers that are removed from a provider, and bound again.
import { AggregationTemporality } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { OpenReader } from "./our-provider.ts";

function sumsOf({ producer }: OpenReader): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { descriptor, series } of producer.collectSync().metrics)
    series.visit(0, series.length, {
      series: (cells, offset) => void (sums[descriptor.name] = cells[offset]!),
    });
  return sums;
}

test("a removed reader collects nothing until it is bound again; other readers keep their figures", async () => {
  const [cumulative, delta, other] = [
    new OpenReader(),
    new OpenReader(AggregationTemporality.DELTA),
    new OpenReader(),
  ];
  const provider = new MeterProvider({ readers: [cumulative, delta, other] });
  const meter = provider.getMeter("shop");
  const orders = meter.createCounter("orders");
  meter.createObservableCounter("visits").addCallback((result) => result.observe(7));
  orders.add(1);
  expect(sumsOf(delta)).toEqual({ orders: 1, visits: 7 });
  const bindAgain = [cumulative, delta].map((reader) => provider.removeReader(reader));
  orders.add(10);
  expect([sumsOf(cumulative), sumsOf(delta)]).toEqual([{}, {}]);
  expect(sumsOf(other)).toEqual({ orders: 11, visits: 7 });
  for (const bind of bindAgain) bind();
  orders.add(100);
  meter.createCounter("later").add(5);
  expect(sumsOf(cumulative)).toEqual({ orders: 111, visits: 7, later: 5 });
  expect(sumsOf(delta)).toEqual({ orders: 100, visits: 7, later: 5 });
  // A reader that is not bound.
  provider.removeReader(new OpenReader())();
  await provider.shutdown();
});

test("a removed reader is neither flushed nor shut down with its provider", async () => {
  const calls: string[] = [];
  class Noting extends OpenReader {
    protected override async onForceFlush(): Promise<void> {
      calls.push("flush");
    }
    protected override async onShutdown(): Promise<void> {
      calls.push("shutdown");
    }
  }
  const reader = new Noting();
  const provider = new MeterProvider({ readers: [reader] });
  const bind = provider.removeReader(reader);
  await provider.forceFlush();
  expect(calls).toEqual([]);
  bind();
  await provider.forceFlush();
  provider.removeReader(reader);
  await provider.shutdown();
  expect(calls).toEqual(["flush"]);
});
