// Series that the application removes, compared with a model of a few lines.
import { diag, ROOT_CONTEXT } from "@opentelemetry/api";
import fc from "fast-check";
import {
  AggregationType,
  createAllowListAttributesProcessor,
  type ExponentialHistogram,
  type Histogram,
} from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { callWith } from "../facades/call-with.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { runs, seed } from "../kit/test-length.ts";
import { deltaReader, metricsOf, OpenReader, ourProvider } from "./our-provider.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 }));
afterEach(() => {
  diag.disable();
  vi.useRealTimers();
});

const USERS = 4;
const user = fc.nat({ max: USERS - 1 });
const steps = fc.array(
  fc.record({
    do: fc.constantFrom("record", "record", "bound", "remove", "clear", "cumulative", "delta", "wait"),
    user,
    value: fc.integer({ min: 0, max: 1_000 }),
  }),
  { maxLength: 60, size: "max" },
);
const views = [
  { instrumentName: "e", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const },
];

interface Life {
  count: number;
  sum: number;
  last: number;
  /** When it was removed last, and when it was first recorded since. */
  readonly removed: number;
  readonly begun: number;
}

test("cumulative readers have the series since their last removal, and deltas add up to all that was recorded", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const [cumulative, delta] = [new OpenReader(), deltaReader()];
      const meter = new MeterProvider({ readers: [cumulative, delta], views }).getMeter("test");
      const all = [
        meter.createCounter("c"),
        meter.createUpDownCounter("u"),
        meter.createHistogram("h"),
        meter.createHistogram("e"),
        meter.createGauge("g"),
      ] as const;
      const [counter, upDown, histogram, exponential, gauge] = all;
      const bound = Array.from({ length: USERS }, (_, of) => all.map((each) => each.bind({ user: of })));
      const lives = new Map<number, Life>();
      const [found, expected, wrongStarts]: [string[][], string[][], number[]] = [[], [], []];
      const [removed, recorded, exported] = [
        new Map<number, number>(),
        new Map(),
        new Map<unknown, number>(),
      ];
      const gone = (of: number): void => {
        lives.delete(of);
        removed.set(of, Date.now());
      };
      for (const { do: action, user: of, value } of given) {
        vi.advanceTimersByTime(action === "wait" ? 11_000 : 1);
        if (action === "record" || action === "bound") {
          if (action === "record") {
            counter.add(value, { user: of });
            upDown.add(-value, { user: of });
            histogram.record(value, { user: of });
            exponential.record(value, { user: of });
            gauge.record(value, { user: of });
          } else
            for (const [i, each] of bound[of]!.entries())
              if ("add" in each) each.add(i === 1 ? -value : value);
              else each.record(value);
          const life = lives.get(of) ?? {
            count: 0,
            sum: 0,
            removed: removed.get(of) ?? 0,
            begun: Date.now(),
          };
          lives.set(of, { ...life, count: life.count + 1, sum: life.sum + value, last: value });
          recorded.set(of, (recorded.get(of) ?? 0) + value);
        } else if (action === "remove") {
          for (const each of all) each.remove({ user: of });
          gone(of);
        } else if (action === "clear") {
          for (const each of all) each.clear();
          for (let each = 0; each < USERS; each++) gone(each);
        } else if (action === "cumulative") {
          for (const { descriptor, dataPoints } of await metricsOf(cumulative)) {
            found.push(
              dataPoints
                .map(({ attributes, value: point }) => `${String(attributes["user"])}: ${figuresOf(point)}`)
                .toSorted(),
            );
            expected.push(
              [...lives].map(([each, life]) => `${each}: ${expectedOf(descriptor.name, life)}`).toSorted(),
            );
            for (const { attributes, startTime } of dataPoints) {
              const life = lives.get(Number(attributes["user"]));
              const start = startTime[0] * 1e3 + startTime[1] / 1e6;
              if (life === undefined || start < life.removed || start > life.begun) wrongStarts.push(start);
            }
          }
        } else if (action === "delta") await addUp(delta, exported);
      }
      await addUp(delta, exported);
      expect(found).toEqual(expected);
      expect(wrongStarts).toEqual([]);
      for (const [name, sign] of [
        ["c", 1],
        ["u", -1],
        ["h", 1],
        ["e", 1],
      ] as const)
        expect([...recorded].map(([of]) => exported.get(`${name} ${of}`) ?? 0)).toEqual(
          [...recorded.values()].map((sum) => sign * sum + 0),
        );
    }),
    { numRuns: runs(100), seed },
  );
});

function figuresOf(point: number | Histogram | ExponentialHistogram): string {
  return typeof point === "number" ? `${point}` : `${point.count} ${point.sum}`;
}

function expectedOf(name: string, { count, sum, last }: Life): string {
  if (name === "c") return `${sum}`;
  if (name === "u") return `${0 - sum}`;
  return name === "g" ? `${last}` : `${count} ${sum}`;
}

async function addUp(reader: OpenReader, exported: Map<unknown, number>): Promise<void> {
  for (const { descriptor, dataPoints } of await metricsOf(reader))
    for (const { attributes, value } of dataPoints) {
      const key = `${descriptor.name} ${String(attributes["user"])}`;
      const sum = typeof value === "number" ? value : (value.sum ?? 0);
      exported.set(key, (exported.get(key) ?? 0) + sum);
    }
}

test("a removed series makes room for another one, and the overflow series leaves with the others", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 2 });
  const counter = meter.createCounter("c");
  for (const i of [1, 2, 3]) counter.add(i, { i });
  counter.remove({ i: 3 });
  counter.remove({ i: 1 });
  counter.add(4, { i: 4 });
  expect(await points("c")).toEqual([
    [{ "otel.metric.overflow": true }, 3],
    [{ i: 2 }, 2],
    [{ i: 4 }, 4],
  ]);
  counter.clear();
  expect(await points("c")).toEqual([]);
  counter.add(1, { i: 1 });
  expect(await points("c")).toEqual([[{ i: 1 }, 1]]);
});

test("series that are removed and recorded thousands of times take no memory", async () => {
  const { meter, points, provider } = ourProvider({ cardinalityLimit: 10 });
  const counter = meter.createCounter("c");
  for (let i = 0; i < 5_000; i++) {
    counter.add(1, { i });
    counter.remove({ i });
  }
  counter.add(1, { last: true });
  expect(await points("c")).toEqual([[{ last: true }, 1]]);
  const [stream] = provider.cardinality();
  expect(stream).toMatchObject({ series: 1, overflowed: false, widestAttribute: { key: "last", values: 1 } });
});

test("gauges of deltas that are removed and recorded thousands of times take no memory", async () => {
  const reader = deltaReader();
  const { meter } = ourProvider({ cardinalityLimit: 10 }, reader);
  const gauge = meter.createGauge("g");
  for (let i = 0; i < 5_000; i++) {
    gauge.record(1, { i });
    gauge.remove({ i });
  }
  for (let i = 0; i < 2; i++) await reader.producer.collectSeries();
  gauge.record(1, { last: true });
  const { interner, metrics } = await reader.producer.collectSeries();
  expect(metrics[0]!.series.length).toBe(1);
  expect(interner.size).toBeLessThan(30);
});

test("a walk of deltas reads the attributes of its series, though their rows are reused twice meanwhile", async () => {
  const reader = deltaReader();
  const { meter } = ourProvider({ cardinalityLimit: 3 }, reader);
  const gauge = meter.createGauge("g");
  for (const i of [1, 2]) gauge.record(i, { i });
  const [metric] = (await reader.producer.collectSeries()).metrics;
  for (let i = 10; i < 20; i++) {
    gauge.record(1, { i });
    gauge.remove({ i });
  }
  const rows: number[] = [];
  metric!.series.visit(0, 2, { series: (_, __, row) => void rows.push(row) });
  expect(rows.map((row) => metric!.series.attributesOf(row))).toEqual([{ i: 1 }, { i: 2 }]);
});

test("a walk that has visited a series reads its attributes after its removal", async () => {
  const { meter, reader } = ourProvider();
  const counter = meter.createCounter("c");
  for (const i of [1, 2, 3]) counter.add(i, { i });
  const [metric] = (await reader.producer.collectSeries()).metrics;
  const rows: number[] = [];
  const visitor = { series: (_: Float64Array, __: number, row: number): void => void rows.push(row) };
  metric!.series.visit(0, 3, visitor);
  counter.remove({ i: 1 });
  counter.remove({ i: 3 });
  counter.add(1, { other: true });
  metric!.series.visit(3, metric!.series.length, visitor);
  expect(rows.map((row) => metric!.series.attributesOf(row))).toEqual([{ i: 1 }, { i: 2 }, { other: true }]);
});

test("each stream of an instrument loses the series with the attributes that its view keeps", async () => {
  const keepsA = createAllowListAttributesProcessor(["a"]);
  const { meter, points } = ourProvider({
    views: [
      { instrumentName: "c", name: "all" },
      { instrumentName: "c", name: "listed", attributesProcessors: [keepsA] },
      // A function of the application.
      {
        instrumentName: "c",
        name: "own",
        attributesProcessors: [{ process: (given) => keepsA.process(given) }],
      },
    ],
  });
  const counter = meter.createCounter("c");
  for (const attributes of [{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2 }]) counter.add(1, attributes);
  counter.remove({ a: 1, b: 1 });
  expect(await points("all")).toEqual([
    [{ a: 1, b: 2 }, 1],
    [{ a: 2 }, 1],
  ]);
  expect(await points("listed")).toEqual([[{ a: 2 }, 1]]);
  expect(await points("own")).toEqual([[{ a: 2 }, 1]]);
});

test("a bound instrument begins its series anew, also that of another instrument with the same stream", async () => {
  const renamed = [{ instrumentName: "c2", name: "c" }];
  const { meter, points } = ourProvider({ views: renamed });
  diag.disable();
  const [counter, other] = [meter.createCounter("c"), meter.createCounter("c2")];
  const handles = [counter.bind({ a: 1 }), counter.bind({ a: 1 }), other.bind({ a: 1 })];
  for (const handle of handles) handle.add(1);
  counter.remove({ a: 1 });
  expect(await points("c")).toEqual([]);
  for (const handle of handles) handle.add(2);
  counter.add(1, { a: 1 });
  expect(await points("c")).toEqual([[{ a: 1 }, 7]]);
  other.clear();
  handles[0]!.release();
  handles[0]!.add(3);
  expect(await points("c")).toEqual([[{ a: 1 }, 3]]);
});

test("a removed gauge is not exported as a delta, and exemplars leave with their series", async () => {
  const { meter, points, collect } = ourProvider({ exemplarFilter: "always_on" }, deltaReader());
  const gauge = meter.createGauge("g");
  gauge.bind({ a: 1 }).record(1);
  gauge.record(1, { a: 2 });
  gauge.remove({ a: 1 });
  expect(await points("g")).toEqual([[{ a: 2 }, 1]]);
  const cumulative = ourProvider({ exemplarFilter: "always_on" });
  const counter = cumulative.meter.createCounter("c");
  counter.add(1, { a: 1 }, ROOT_CONTEXT);
  counter.remove({ a: 1 });
  counter.add(2, { a: 1 }, ROOT_CONTEXT);
  const { resourceMetrics } = await cumulative.collect();
  expect(resourceMetrics.scopeMetrics[0]!.metrics[0]!.dataPoints).toMatchObject([
    { exemplars: [{ value: 2 }] },
  ]);
  expect((await collect()).errors).toEqual([]);
});

test("removing never throws: invalid attributes are left out and logged once, unknown ones change nothing", async () => {
  const logged = collectWarnings();
  const { meter, points, provider } = ourProvider();
  const counter = meter.createCounter("c");
  counter.add(1, { a: 1 });
  counter.add(1);
  const throwing = Object.defineProperty({}, "b", {
    enumerable: true,
    get() {
      throw new Error("no");
    },
  });
  callWith(counter, "remove", { a: 2 });
  callWith(counter, "remove", { c: 3 });
  expect(await points("c")).toHaveLength(2);
  for (let i = 0; i < 2; i++) {
    callWith(counter, "remove", { a: 1, b: () => {} });
    expect(await points("c")).toEqual([[{}, 1]]);
    counter.add(1, { a: 1 });
  }
  expect(logged.filter((text) => text.includes('dropped label "b"'))).toHaveLength(1);
  // As when it is recorded, nothing is left.
  for (const given of [throwing, "text", 1, null]) {
    counter.add(1);
    callWith(counter, "remove", given);
    expect(await points("c")).toEqual([[{ a: 1 }, 1]]);
  }
  await provider.shutdown();
  counter.remove({ a: 1 });
  counter.clear();
});
