// A row may be freed, and reused for another series, after the log was read and before the row is.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { mergeInto } from "../../src/group/merge/group-merge.ts";
import { OpenReader } from "../engine/our-provider.ts";
import { TestMember } from "../group/members.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a series does not get the figures of another that has its row since", () => {
  for (let steps = 0; steps < 12; steps++) {
    const reader = new OpenReader();
    const merge = mergeInto(new MeterProvider({ readers: [reader] }));
    const member = new TestMember(1, { seriesTimeToLive: 10 });
    merge.add(member.merged);
    const meter = member.provider.getMeter("shop");
    const counter = meter.createCounter("orders");
    const histogram = meter.createHistogram("sizes");
    const later = meter.createCounter("later");
    for (let series = 0; series < 100; series++) histogram.record(1, { series });
    later.add(1, { series: 1 });
    counter.add(1, { series: 1 });
    // The time of these recordings.
    member.report();
    reader.producer.collectSync();
    vi.advanceTimersByTime(11_000);
    for (let series = 0; series < 100; series++) histogram.record(1, { series });
    const refresh = merge.refresh(Date.now());
    for (let step = 0; step < steps; step++) refresh.next();
    member.report();
    counter.add(100, { series: 2 });
    later.add(100, { series: 2 });
    for (const _ of refresh);
    const values = reader.producer.collectSync().metrics.flatMap(({ series, descriptor }) => {
      const found: unknown[] = [];
      series.visit(0, series.length, {
        series: (cells, offset, row) =>
          void found.push([descriptor.name, series.attributesOf(row)["series"], cells[offset]]),
      });
      return descriptor.name === "sizes" ? [] : found;
    });
    expect(values).toEqual([
      ["orders", 1, 1],
      ["orders", 2, 100],
      ["later", 1, 1],
      ["later", 2, 100],
    ]);
  }
});
