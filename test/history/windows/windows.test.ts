import { join } from "node:path";
import fc from "fast-check";
import { History } from "tachymeter/history";
import { AggregationType } from "tachymeter/metrics";
import { expect, test, vi } from "vitest";
import { LaneWindows } from "../../../src/history/windows/lane-windows.ts";
import { StoreSource } from "./store-source.ts";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import { JoinedSource } from "../../../src/query/joined-source.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import type { SampleSeries, Selection } from "../../../src/query/source.ts";
import type { Windows } from "../../../src/query/windows.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { isLong } from "../../kit/test-length.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { fillHistory } from "../filled-history.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { Counting, outcome, samplesOf } from "./compared.ts";
import { FIRST_MILLIS, LENGTH_MILLIS, randomStore } from "./random-store.ts";
import { filledStore } from "../query/filled-store.ts";
import { FUNCTIONS, ranges } from "./random-windows.ts";
import { differenceOf } from "./same-result.ts";

test("functions over windows are the same from summaries as from samples", async () => {
  let filled = 0;
  let computed = 0;
  await fc.assert(
    fc.asyncProperty(ranges, async ({ seed, expression, from, length, step, lookback, isAligned }) => {
      const store = randomStore(seed);
      try {
        const start = FIRST_MILLIS / 1_000 + (isAligned ? Math.floor(from / 600) * 600 : from + 0.25);
        const options = {
          from: start,
          to: start + length,
          step,
          lookback,
          exact: seed % 3 === 0,
          experimental: true,
        };
        const windows = new Counting(new StoreSource(store));
        const [values, samples] = [
          await outcome(queryRange(expression, { ...options, source: windows })),
          await outcome(queryRange(expression, { ...options, source: samplesOf(new StoreSource(store)) })),
        ];
        expect([expression, differenceOf(samples, values)]).toEqual([expression, undefined]);
        if (!(samples instanceof QueryError) && "series" in samples && samples.series.length > 0) filled++;
        computed += windows.computed;
      } finally {
        store.close();
      }
    }),
    { numRuns: isLong ? 20_000 : 80 },
  );
  // Most of the questions have an answer, and much of it comes from summaries.
  expect(filled).toBeGreaterThan(isLong ? 8_000 : 20);
  expect(computed).toBeGreaterThan(isLong ? 20_000 : 50);
});

test("a window of an instant query is computed from summaries", async () => {
  const store = randomStore(7);
  const time = (FIRST_MILLIS + LENGTH_MILLIS) / 1_000;
  for (const name of FUNCTIONS) {
    for (const metric of ["sent_total", "level", "wait_bucket", "wait_sum"])
      for (const exact of [false, true]) {
        const expression = `${name}(${metric}[1h])`;
        const windows = new Counting(new StoreSource(store));
        const values = await query(expression, { source: windows, time, exact });
        const samples = await query(expression, { source: samplesOf(new StoreSource(store)), time, exact });
        expect([expression, exact, differenceOf(samples, values)]).toEqual([expression, exact, undefined]);
      }
  }
  store.close();
});

test("a series whose interval has become longer has a value at each step, from summaries and from samples", async () => {
  const seconds = [
    ...Array.from({ length: 180 }, (_, i) => 10 * i),
    ...Array.from({ length: 60 }, (_, i) => 1_800 + 60 * i),
  ];
  const times = seconds.map((second) => FIRST_MILLIS + 1_000 * second);
  const gone = times.map((_, i) => (i < 210 ? 1 : undefined));
  const source = new StoreSource(
    filledStore({ times, series: [{ cells: times }, { cells: gone, attributes: { room: "a" } }] }),
  );
  const from = FIRST_MILLIS / 1_000 + 30;
  const asked = { from, to: from + 5_280, step: 60, lookback: 300 };
  for (const each of [source, samplesOf(source)]) {
    const found = await queryRange("m", { ...asked, source: each });
    const counts = found.kind === "matrix" ? found.series.map((series) => series.times.length) : [];
    expect(counts).toEqual([89, 60]);
  }
});

test("the latest of several info series is found by the times of its samples", async () => {
  const process = (version: string, from: number) => {
    const times = Array.from({ length: 120 }, (_, i) => from + i * 10_000);
    const series = ["x", "target_info"].map((metric) => ({
      metric: metric === "x" ? `x${version}` : metric,
      cells: times.map(() => 1),
      attributes: { job: "a", ...(metric !== "x" && { version }) },
    }));
    return { resource: { "service.instance.id": version }, times, series };
  };
  const source = new StoreSource(filledStore(process("1", FIRST_MILLIS), process("2", FIRST_MILLIS + 5_000)));
  const from = FIRST_MILLIS / 1_000 + 7;
  const asked = { from, to: from + 1_200, step: 600, source, experimental: true };
  expect(await queryRange("info(x1)", asked)).toMatchObject({ series: [{ labels: { version: "2" } }] });
});

test("a reset that only the count of one bucket shows is found in the summary of its chunk", async () => {
  const times = Array.from({ length: 120 }, (_, i) => FIRST_MILLIS + i * 10_000);
  // At the reset the bucket up to 1 falls from 51 to 49 in all, the others rise.
  const [before, after] = [
    [70, 20, 31, 22],
    [76, 24, 25, 27],
  ];
  const cells = times.map((_, i) => (i < 30 ? before : after));
  const source = new StoreSource(
    filledStore({ times, series: [{ type: "histogram", metric: "wait", bounds: [0.5, 1], cells }] }),
  );
  const time = FIRST_MILLIS / 1_000 + 900;
  for (const bound of ["0.5", "1.0", "+Inf"]) {
    const expression = `increase(wait_bucket{le="${bound}"}[15m])`;
    const counting = new Counting(source);
    const values = await query(expression, { source: counting, time });
    const samples = await query(expression, { source: samplesOf(source), time });
    expect([counting.computed, differenceOf(samples, values)]).toEqual([1, undefined]);
  }
});

test("blocks within one window are added by the figures of their chunks", async () => {
  const figures = vi.spyOn(LaneWindows.prototype, "figures");
  for (let seed = 0; seed < 20; seed++) {
    const store = randomStore(seed, { isSteady: true, processes: 1 });
    for (const name of ["sum", "avg", "min", "max", "count", "present"]) {
      for (const metric of ["sent_total", "level", "odd"]) {
        const expression = `${name}_over_time(${metric}[10m])`;
        // Chunks end at multiples of ten minutes, as these windows.
        const from = FIRST_MILLIS / 1_000;
        const options = { from, to: from + 3_600, step: 600 };
        const values = await queryRange(expression, { ...options, source: new StoreSource(store) });
        const source = samplesOf(new StoreSource(store));
        const samples = await queryRange(expression, { ...options, source });
        expect([seed, expression, differenceOf(samples, values)]).toEqual([seed, expression, undefined]);
      }
    }
    store.close();
  }
  const added = figures.mock.results.filter(({ value }) => value === true).length;
  figures.mockRestore();
  // Many of the processes are too short for a second chunk.
  expect(added).toBeGreaterThan(100);
});

test("native histograms come as samples beside computed values", async () => {
  const path = join(newFolder("native"), "tachymeter.db");
  const [from, interval] = [1_790_000_000, 10];
  await fillHistory({
    path,
    from,
    to: from + 3_000,
    interval,
    views: [{ instrumentName: "latency", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    record(provider) {
      const meter = provider.getMeter("shop");
      const [latency, sent] = [meter.createHistogram("latency"), meter.createCounter("sent")];
      return () => {
        for (const value of [0.1, 0.2, 0.4, 3, 0]) latency.record(value, { route: "/" });
        sent.add(1);
      };
    },
  });
  await using history = await History.open({ path, readOnly: true });
  for (const expression of [
    'rate({__name__=~"latency|sent_total"}[5m])',
    '{__name__=~"latency|sent_total"}',
    "histogram_quantile(0.9, rate(latency[5m]))",
    "max_over_time(latency[5m])",
  ]) {
    const options = { from: from + 600, to: from + 3_000, step: 300 };
    const windows = await outcome(queryRange(expression, { ...options, source: history }));
    const samples = await outcome(queryRange(expression, { ...options, source: samplesOf(history) }));
    expect([expression, differenceOf(samples, windows)]).toEqual([expression, undefined]);
    const isFilled = "series" in samples && samples.series.length > 0;
    expect([expression, isFilled]).toEqual([expression, !expression.startsWith("max")]);
  }
});

test("windows of joined sources are the same from summaries as from samples", async () => {
  let computed = 0;
  await fc.assert(
    fc.asyncProperty(ranges, fc.integer({ min: 0, max: 2_400 }), async (asked, begin) => {
      const { seed, expression, from, length, step, lookback } = asked;
      const store = randomStore(seed, { isSteady: true });
      try {
        const older = new StoreSource(store);
        const newer = sampleSourceOf(new MemorySource(await continued(older, FIRST_MILLIS + begin * 1_000)));
        const start = FIRST_MILLIS / 1_000 + from;
        const options = { from: start, to: start + length, step, lookback, exact: seed % 2 === 0 };
        const windows = new Counting(new JoinedSource(older, newer));
        const [values, samples] = [
          await outcome(queryRange(expression, { ...options, source: windows })),
          await outcome(
            queryRange(expression, {
              ...options,
              source: samplesOf(new JoinedSource(samplesOf(older), newer)),
            }),
          ),
        ];
        expect(differenceOf(samples, values)).toBeUndefined();
        computed += windows.computed;
      } finally {
        store.close();
      }
    }),
    {
      numRuns: isLong ? 10_000 : 40,
      // One series of two services, the older of which has no sample in the last 15 minutes before the newer source.
      examples: [
        [
          {
            seed: 39376818,
            expression: "last_over_time(sent_total[30s])",
            from: 0,
            length: 1440,
            step: 60,
            lookback: 20,
            isAligned: false,
          },
          1381,
        ],
      ],
    },
  );
  expect(computed).toBeGreaterThan(isLong ? 5_000 : 12);
});

test("an exact increase needs the ends of what only rises within its window", async () => {
  const times = Array.from({ length: 1_000 }, (_, i) => FIRST_MILLIS + 10_000 * i);
  const cells = times.map((_, i) => (i < 500 ? 3 * i : i - 500));
  const source = new StoreSource(
    filledStore({ times, series: [{ type: "counter", metric: "sent", cells }] }),
  );
  const [from, to] = [times[0]! + 1, times.at(-1)!];
  const matchers = [{ label: "__name__", operator: "=", value: "sent_total" }] as const;
  const countOf = async (windows: Windows): Promise<number> => {
    const needed = { ...windows, until: to };
    const [series] = await allSamples(source, { matchers, from, to, needed, isExact: true });
    return series!.times.length;
  };
  const one = { firstEnd: to, apart: 0, count: 1, rangeMillis: to - from + 1 };
  expect(await countOf(one)).toBeLessThan(300);
  expect(await countOf({ ...one, firstEnd: to - 990_000, apart: 10_000, count: 100 })).toBeLessThan(600);
  expect(await countOf({ firstEnd: from, apart: 10_000, count: 1_000, rangeMillis: 10_000 })).toBe(1_000);
});

test("exact increases across a gap are the same from summaries as from samples", async () => {
  const millis = (minutes: number): number => FIRST_MILLIS + 60_000 * minutes;
  const minutes = Array.from({ length: 60 }, (_, i) => i);
  const cells = minutes.map((minute) => 3 * minute);
  const sent = { type: "counter", metric: "sent", cells, isFromZero: false } as const;
  const older = new StoreSource(filledStore({ times: minutes.map(millis), series: [sent] }));
  const matchers = [{ label: "__name__", operator: "=", value: "sent_total" }] as const;
  const [stored] = await allSamples(older, { matchers, from: millis(0), to: millis(1e3) });
  let computed = 0;
  for (const resumed of [65, 200, 1_000]) {
    const times = Float64Array.from([0, 1, 2], (minute) => millis(resumed + minute));
    const newer = { labels: stored!.labels, times, values: Float64Array.of(190, 191, 195) };
    const source = new JoinedSource(older, sampleSourceOf(new MemorySource([newer])));
    for (const from of [0, 50, 63]) {
      const options = { from: millis(from) / 1_000, to: millis(resumed + 9) / 1_000, step: 120, exact: true };
      const windows = new Counting(source);
      const expression = "increase(sent_total[4m])";
      const values = await queryRange(expression, { ...options, source: windows });
      const samples = await queryRange(expression, { ...options, source: samplesOf(source) });
      expect([resumed, from, differenceOf(samples, values)]).toEqual([resumed, from, undefined]);
      computed += windows.computed;
      const rises = samples.kind === "matrix" ? samples.series.flatMap((each) => [...each.values]) : [];
      expect(Math.max(...rises)).toBeGreaterThanOrEqual(190 - 177);
    }
  }
  expect(computed).toBeGreaterThan(4);
});

async function allSamples(source: StoreSource, selection: Selection): Promise<readonly SampleSeries[]> {
  const found: SampleSeries[] = [];
  for await (const each of source.select(selection)) found.push(each);
  return found;
}

// Series that are collected more often, from some time of the older ones on, and go on after them.
async function continued(older: StoreSource, begin: number): Promise<SampleSeries[]> {
  const found: SampleSeries[] = [];
  const matchers = [{ label: "__name__", operator: "=~", value: ".+" }] as const;
  for await (const { labels, times, values } of older.select({ matchers, from: begin, to: Infinity })) {
    const end = times.at(-1)! + (found.length % 3) * 200_000;
    const all: number[] = [];
    for (let time = Math.max(times[0]!, begin); time <= end; time += 5_000) all.push(time);
    const first = values[0]!;
    found.push({
      labels,
      times: Float64Array.from(all),
      values: Float64Array.from(all, (_, i) => first + i),
    });
  }
  return found;
}
