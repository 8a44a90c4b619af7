// Series that members remove: they leave the group with the last member that has them, and no delta is lost.
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { mergeInto } from "../../../src/group/merge/group-merge.ts";
import { deltaReader, OpenReader } from "../../engine/our-provider.ts";
import { runs, seed } from "../../kit/test-length.ts";
import { TestGroup, TestState } from "../members.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const SERIES = 3;
const MEMBERS = 3;

type Instruments = ReturnType<typeof instrumentsOf>;

function instrumentsOf({ provider }: { readonly provider: MeterProvider }) {
  const meter = provider.getMeter("removed");
  return {
    counter: meter.createCounter("counter"),
    histogram: meter.createHistogram("histogram"),
    gauge: meter.createGauge("gauge"),
  };
}

function record({ counter, histogram, gauge }: Instruments, value: number, series: number): void {
  counter.add(value, { series });
  histogram.record(value, { series });
  gauge.record(value, { series });
}

function remove({ counter, histogram, gauge }: Instruments, series: number): void {
  for (const each of [counter, histogram, gauge]) each.remove({ series });
}

/** Sums by metric and series, with the start of the series. */
function sumsOf(reader: OpenReader): Map<string, { readonly sum: number; readonly start: number }> {
  const found = new Map<string, { readonly sum: number; readonly start: number }>();
  for (const { descriptor, series, kind } of reader.producer.collectSync().metrics)
    series.visit(0, series.length, {
      series: (cells, offset, row) => {
        const key = `${descriptor.name} ${String(series.attributesOf(row)["series"])}`;
        const sum = cells[offset + (kind === "histogram" ? 1 : 0)]!;
        found.set(key, { sum, start: series.startTimeOf(row) });
      },
    });
  return found;
}

/** The exports of a delta reader, and totals that fall without another start, which is an error. */
class Exports {
  readonly cumulative: OpenReader = new OpenReader();
  readonly delta: OpenReader = deltaReader();
  readonly #exported = new Map<string, number>();
  readonly falls: string[] = [];
  #last: ReturnType<typeof sumsOf> = new Map();

  collectDelta(): void {
    for (const [key, { sum }] of sumsOf(this.delta))
      if (!key.startsWith("gauge")) this.#exported.set(key, (this.#exported.get(key) ?? 0) + sum);
  }

  collectCumulative(): readonly string[] {
    const now = sumsOf(this.cumulative);
    for (const [key, { sum, start }] of now) {
      const before = this.#last.get(key);
      if (!key.startsWith("gauge") && start === before?.start && sum < before.sum)
        this.falls.push(`${key}: ${before.sum} fell to ${sum}`);
    }
    this.#last = now;
    return [...now.keys()].toSorted();
  }

  /** The sums of all deltas. Collects until nothing changes any more. */
  finish(): ReadonlyMap<string, number> {
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(10);
      this.collectDelta();
      this.collectCumulative();
    }
    return this.#exported;
  }
}

const steps = fc.array(
  fc.record({
    do: fc.constantFrom("record", "record", "record", "remove", "clear", "report", "delta", "cumulative"),
    who: fc.nat(MEMBERS - 1),
    series: fc.nat(SERIES - 1),
    value: fc.integer({ min: 1, max: 100 }),
  }),
  { maxLength: 60, size: "max" },
);

// The main thread, and its worker threads.
function threads(exports: Exports): readonly Instruments[] {
  const group = new TestGroup();
  for (const reader of [exports.cumulative, exports.delta]) group.provider.addReader(reader);
  return [group, group.join(), group.join()].map(instrumentsOf);
}

// Their figures count once they have reported them.
function processes(
  exports: Exports,
  hasThread: boolean,
): readonly (Instruments & { report(): Promise<void> })[] {
  const merge = mergeInto(new MeterProvider({ readers: [exports.cumulative, exports.delta] }));
  return Array.from({ length: MEMBERS }, (_, i) => {
    const group = new TestGroup({ merge: { isReported: () => true } });
    const state = new TestState();
    merge.add({ name: `process ${i}`, slot: i + 1, image: state.image });
    const recording = hasThread && i > 0 ? group.join() : group;
    return { ...instrumentsOf(recording), report: async () => state.put(await group.collect()) };
  });
}

test.each([
  ["threads", threads],
  ["processes", (exports: Exports) => processes(exports, false)],
  ["threads of processes", (exports: Exports) => processes(exports, true)],
] as const)(
  "deltas of %s add up to all that was recorded, and each series leaves with its last member",
  async (_, make) => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const exports = new Exports();
        const members: readonly (Instruments & { report?(): Promise<void> })[] = make(exports);
        // The streams are known before a series is removed.
        for (const member of members) {
          record(member, 0, -1);
          await member.report?.();
        }
        exports.collectDelta();
        const recorded = new Map<string, number>();
        const having = members.map(() => new Set([-1]));
        for (const { do: action, who, series, value } of given) {
          vi.advanceTimersByTime(10);
          const member = members[who]!;
          if (action === "record") {
            record(member, value, series);
            having[who]!.add(series);
            recorded.set(`counter ${series}`, (recorded.get(`counter ${series}`) ?? 0) + value);
            recorded.set(`histogram ${series}`, (recorded.get(`histogram ${series}`) ?? 0) + value);
          } else if (action === "remove") {
            remove(member, series);
            having[who]!.delete(series);
          } else if (action === "clear") {
            for (const each of [member.counter, member.histogram, member.gauge]) each.clear();
            having[who]!.clear();
          } else if (action === "report") await member.report?.();
          else if (action === "delta") exports.collectDelta();
          else exports.collectCumulative();
        }
        for (const member of members) await member.report?.();
        const exported = exports.finish();
        expect(exports.falls).toEqual([]);
        expect([...recorded].map(([key]) => [key, exported.get(key)])).toEqual([...recorded]);
        const names = having.flatMap((all) =>
          [...all].flatMap((each) => ["counter", "gauge", "histogram"].map((name) => `${name} ${each}`)),
        );
        expect(exports.collectCumulative()).toEqual([...new Set(names)].toSorted());
      }),
      { numRuns: runs(100), seed },
    );
  },
);

test("a successor counts removed figures once: they are with those of ended members", async () => {
  const [first, second] = [new OpenReader(), new OpenReader()];
  const merge = mergeInto(new MeterProvider({ readers: [first] }));
  const [a, b] = [5, 1].map((value, i) => {
    const group = new TestGroup();
    const state = new TestState();
    const counter = group.provider.getMeter("removed").createCounter("counter");
    counter.add(value, { series: 1 });
    merge.add({ name: `process ${i}`, slot: i + 1, image: state.image });
    return { counter, state, report: async () => state.put(await group.collect()) };
  });
  for (const each of [a!, b!]) await each.report();
  expect(sumsOf(first).get("counter 1")?.sum).toBe(6);
  a!.counter.add(2, { series: 1 });
  a!.counter.remove({ series: 1 });
  await a!.report();
  expect(sumsOf(first).get("counter 1")?.sum).toBe(8);

  const departed = new TestState();
  departed.put(merge.streams.departed(Date.now()));
  const next = mergeInto(new MeterProvider({ readers: [second] }));
  const ended = { name: "ended", slot: 1, image: departed.image };
  next.add(ended);
  next.leave(ended);
  for (const [i, { state }] of [a!, b!].entries()) {
    const image = state.again();
    image.skipRemoved();
    next.add({ name: `process ${i}`, slot: i + 2, image });
  }
  expect(sumsOf(second).get("counter 1")?.sum).toBe(8);
  for (const { counter, report } of [a!, b!]) {
    counter.add(1, { series: 1 });
    counter.remove({ series: 1 });
    await report();
  }
  expect(sumsOf(first).get("counter 1")?.sum).toBeUndefined();
});

test("a series that is idle and removed beside a thread that has it is counted once by readers of deltas", async () => {
  const exports = new Exports();
  const group = new TestGroup({ options: { seriesTimeToLive: 10 } });
  for (const reader of [exports.cumulative, exports.delta]) group.provider.addReader(reader);
  const [own, thread] = [group, group.join()].map(instrumentsOf);
  record(own!, 3, 1);
  record(thread!, 4, 1);
  exports.collectCumulative();
  exports.collectDelta();
  vi.advanceTimersByTime(11_000);
  record(thread!, 0, 1);
  exports.collectCumulative();
  expect(exports.finish().get("counter 1")).toBe(7);
});

test("a series that a thread removes before the first collection is in that collection", () => {
  const group = new TestGroup();
  instrumentsOf(group);
  const thread = instrumentsOf(group.join());
  record(thread, 7, 1);
  remove(thread, 1);
  expect(sumsOf(group.reader).get("counter 1")?.sum).toBe(7);
  expect([...sumsOf(group.reader).keys()]).toEqual([]);
});

test("a series that a thread removes before the first collection that is not empty is in that collection", () => {
  const group = new TestGroup();
  instrumentsOf(group);
  const thread = instrumentsOf(group.join());
  expect([...sumsOf(group.reader).keys()]).toEqual([]);
  record(thread, 7, 1);
  remove(thread, 1);
  expect(sumsOf(group.reader).get("counter 1")?.sum).toBe(7);
  expect([...sumsOf(group.reader).keys()]).toEqual([]);
});
