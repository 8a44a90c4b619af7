// Members whose figures are states of processes: bytes that are read anew at each report.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { GroupMerge, type MergedMember, mergeInto } from "../../../src/group/merge/group-merge.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { TestGroup, type TestMember, TestState } from "../members.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

class Process {
  readonly provider: MeterProvider;
  readonly merged: MergedMember;
  readonly #reader = new OpenReader();
  readonly #state = new TestState();

  constructor(slot: number) {
    this.provider = new MeterProvider({ readers: [this.#reader], seriesTimeToLive: 10 });
    this.merged = { name: `process ${slot}`, slot, image: this.#state.image };
  }

  /** Writes a state, which the group reads. */
  report(): void {
    this.#state.put(this.#reader.producer.collectSync());
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

// A process with threads, and the group that reads its states. Returns the group's totals after a report.
function processWithThreads(options: ConstructorParameters<typeof MeterProvider>[0] = {}): {
  readonly process: TestGroup;
  readonly reader: OpenReader;
  readonly reported: () => Promise<Record<string, number>>;
} {
  const reader = new OpenReader();
  const process = new TestGroup({ options, merge: { isReported: () => true } });
  const state = new TestState();
  const provider = new MeterProvider({ ...options, readers: [reader] });
  const { made } = provider.joinGroup((target) => {
    const own = { gauges: "last", workerAttribute: "worker.id", timeToLiveMillis: Infinity } as const;
    const merge = new GroupMerge(target, { ...own, inner: new GroupMerge(target, own) });
    return { made: merge, membersFor: () => merge };
  });
  made.add({ name: "process", slot: 1, image: state.image });
  const reported = async (): Promise<Record<string, number>> => {
    vi.advanceTimersByTime(10);
    state.put(await process.collect());
    return totals(reader);
  };
  return { process, reader, reported };
}

function recordOne({ provider }: TestGroup | TestMember, value: number, series: number): void {
  vi.advanceTimersByTime(10);
  const meter = provider.getMeter("shop");
  meter.createCounter("orders").add(value, { series });
  meter.createHistogram("sizes").record(value, { series });
}

test.each([[[1, 2, 3]], [[3, 2, 1]]])(
  "series that get other rows of their process with its first thread count once (%s)",
  async (order) => {
    const { process, reported } = processWithThreads({ seriesTimeToLive: 10 });
    recordOne(process, 1, 0);
    for (const series of order) recordOne(process, 10, series);
    expect(await reported()).toEqual({ orders: 31, sizes: 4 });
    vi.advanceTimersByTime(9_000);
    for (const series of order) recordOne(process, 10, series);
    expect(await reported()).toEqual({ orders: 61, sizes: 7 });
    vi.advanceTimersByTime(2_000);
    // Removes series 0.
    expect(await reported()).toEqual({ orders: 61, sizes: 7 });
    const thread = process.join();
    recordOne(thread, 5, 4);
    recordOne(thread, 5, 3);
    expect(await reported()).toEqual({ orders: 71, sizes: 9 });
    for (const series of order) recordOne(process, 10, series);
    expect(await reported()).toEqual({ orders: 101, sizes: 12 });
  },
);

test("the overflow series of a process with threads counts once, whichever of its series came first", async () => {
  const { process, reported } = processWithThreads({ cardinalityLimit: 2 });
  const thread = process.join();
  recordOne(process, 1, 2);
  recordOne(thread, 1, 10);
  expect(await reported()).toEqual({ orders: 2, sizes: 2 });
  recordOne(process, 1, 4);
  expect(await reported()).toEqual({ orders: 3, sizes: 3 });
  recordOne(thread, 1, 5);
  recordOne(process, 1, 1);
  expect(await reported()).toEqual({ orders: 5, sizes: 5 });
});

test("series of ended threads count once at the limit of series", async () => {
  const { process, reported } = processWithThreads({ cardinalityLimit: 4 });
  let expected = 0;
  for (let i = 0; i < 10; i++) {
    const thread = process.join();
    for (const series of [2 * i, 2 * i + 1]) recordOne(thread, 10, series);
    recordOne(process, 1, 2 * i);
    expected += 21;
    expect(await reported()).toEqual({ orders: expected, sizes: 3 * (i + 1) });
    process.leave(thread);
    expect(await reported()).toEqual({ orders: expected, sizes: 3 * (i + 1) });
  }
});

test("a gauge of a thread that has ended is not reported as that of the next thread", async () => {
  const { process, reader, reported } = processWithThreads();
  for (const job of [1, 2, 3]) {
    const thread = process.join();
    thread.provider.getMeter("shop").createGauge("level").record(job, { job });
    await reported();
    const [level] = reader.producer.collectSync().metrics;
    const found: unknown[] = [];
    level?.series.visit(0, level.series.length, {
      series: (cells, offset, row) => void found.push([level.series.attributesOf(row), cells[offset]]),
    });
    expect(found).toEqual([[{ job }, job]]);
    process.leave(thread);
    // Such as a snapshot, between two reports.
    await process.collect();
  }
});
