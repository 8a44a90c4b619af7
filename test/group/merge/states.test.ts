// Members whose figures are states of processes: bytes that are read anew at each report.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { type GroupMerge, type MergedMember, mergeInto } from "../../../src/group/merge/group-merge.ts";
import { ImageReader } from "../../../src/group/memory/image-reader.ts";
import { ImageWriter } from "../../../src/group/memory/image-writer.ts";
import { figuresOf } from "../../../src/group/state-report.ts";
import { OpenReader } from "../../engine/our-provider.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

class Process {
  readonly provider: MeterProvider;
  readonly merged: MergedMember;
  readonly #reader = new OpenReader();
  readonly #image = new ImageWriter({ isShared: false });
  #logLength = 0;

  constructor(slot: number) {
    this.provider = new MeterProvider({ readers: [this.#reader], seriesTimeToLive: 10 });
    this.merged = { name: `process ${slot}`, slot, image: new ImageReader() };
  }

  /** Writes a state, which the group reads. */
  report(): void {
    this.#image.take([this.#reader.producer.collectSync()]);
    const figures = figuresOf(this.#image);
    const log = figures.copyLog(this.#logLength);
    this.#logLength += log.length;
    this.merged.image.setState(log, new Uint8Array(Buffer.concat(figures.cells)));
  }
}

function record({ provider }: Process, value: number, from: number): void {
  const meter = provider.getMeter("shop");
  for (let series = from; series < from + 100; series++) {
    meter.createCounter("orders").add(value, { series });
    meter.createHistogram("sizes").record(value, { series });
    meter.createUpDownCounter("open").add(value, { series });
    meter.createGauge("level").record(value, { series });
  }
}

function totals(reader: OpenReader): Record<string, number> {
  const metrics = reader.producer.collectSync().metrics.map(({ descriptor, series }) => {
    let total = 0;
    series.visit(0, series.length, { series: (cells, offset) => void (total += cells[offset]!) });
    return [descriptor.name, total] as const;
  });
  return Object.fromEntries(metrics);
}

function group(): { readonly reader: OpenReader; readonly merge: GroupMerge } {
  const reader = new OpenReader();
  return { reader, merge: mergeInto(new MeterProvider({ readers: [reader] })) };
}

test("figures stay between two states, and those of a removed process leave or stay by their kind", () => {
  const { reader, merge } = group();
  const [a, b] = [new Process(1), new Process(2)];
  for (const each of [a, b]) {
    merge.add(each.merged);
    record(each, 1, 0);
    each.report();
  }
  for (let i = 0; i < 3; i++)
    expect(totals(reader)).toEqual({ orders: 200, sizes: 200, open: 200, level: 100 });
  record(a, 2, 0);
  a.report();
  expect(totals(reader)).toEqual({ orders: 400, sizes: 300, open: 400, level: 200 });
  merge.leave(a.merged);
  expect(totals(reader)).toEqual({ orders: 400, sizes: 300, open: 100, level: 100 });
});

test("a state that is read during a refresh counts fully, also if it is the last one", () => {
  for (let steps = 0; steps < 20; steps++)
    for (const leaves of [false, true]) {
      const { reader, merge } = group();
      const process = new Process(1);
      merge.add(process.merged);
      record(process, 1, 0);
      process.report();
      expect(totals(reader)).toEqual({ orders: 100, sizes: 100, open: 100, level: 100 });
      // Other series get the rows of the first ones.
      vi.advanceTimersByTime(11_000);
      record(process, 2, 0);
      process.report();
      totals(reader);
      process.report();
      const refresh = merge.refresh(Date.now());
      for (let step = 0; step < steps; step++) refresh.next();
      vi.advanceTimersByTime(11_000);
      process.report();
      record(process, 500, 100);
      process.report();
      if (leaves) merge.leave(process.merged);
      else for (const _ of refresh);
      const { orders, sizes } = totals(reader);
      expect({ orders, sizes }).toEqual({ orders: 300 + 50_000, sizes: 200 + 100 });
    }
});
