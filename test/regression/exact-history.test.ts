// A histogram's measurements in a range are counted, not extrapolated.
import { join } from "node:path";
import { type AggregateName, History, type Question } from "tachymeter/history";
import type { MeterProvider } from "tachymeter/metrics";
import { beforeAll, expect, test } from "vitest";
import { storeOf } from "../../src/history/store-of.ts";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";

const START = Date.parse("2026-09-21T13:00:00Z") / 1_000;
const MINUTES = 120;
const END = START + 60 * MINUTES;

let path: string;

// Something is measured each minute; in the middle the process restarts.
beforeAll(async () => {
  path = join(newFolder("exact"), "history.db");
  for (const [from, to] of [
    [START, START + 60 * 59],
    [START + 60 * 60, END],
  ] as const)
    await fillHistory({ path, from, to, interval: 60, record: (provider) => measuring(provider) });
});

function measuring(provider: MeterProvider): (time: number) => void {
  const meter = provider.getMeter("test");
  const advice = { explicitBucketBoundaries: [1, 2, 5] };
  const few = meter.createHistogram("few", { advice });
  const many = meter.createHistogram("many", { advice });
  const late = meter.createHistogram("late", { advice });
  return (time) => {
    if (time === START) for (const value of [1, 1, 2, 2, 4]) few.record(value);
    many.record(1, { queue: "a" });
    many.record(3, { queue: "b" });
    if (time === START + 60 * 100) late.record(7);
  };
}

async function asked(
  aggregate: AggregateName,
  question: Partial<Question> & Pick<Question, "metric">,
  store = path,
): Promise<(number | undefined)[]> {
  await using history = await History.open({ path: store, readOnly: true });
  const { series } = await history.query({ from: START - 60, to: END, ...question, aggregate });
  return series.map(({ points }) => points[0]?.[1]);
}

test("SUM, COUNT and MEAN of a histogram over a range are exact: 10, 5 and 2 of five values", async () => {
  const metric = "few";
  expect(await asked("SUM", { metric })).toEqual([10]);
  expect(await asked("COUNT", { metric })).toEqual([5]);
  expect(await asked("MEAN", { metric })).toEqual([2]);
  // As recorded: the bounds of their buckets are 0 and 5.
  expect(await asked("MIN", { metric })).toEqual([1]);
  expect(await asked("MAX", { metric })).toEqual([4]);
});

test("measurements before a histogram's first collection are in the range, also in its middle", async () => {
  expect(await asked("COUNT", { metric: "late" })).toEqual([1]);
  expect(await asked("SUM", { metric: "late", from: START + 60 * 90 })).toEqual([7]);
  expect(await asked("COUNT", { metric: "late", from: START + 60 * 110 })).toEqual([0]);
});

test("consecutive ranges add up to one range over all of them, also over a restart", async () => {
  const metric = "many";
  const whole = await asked("COUNT", { metric, by: [] });
  expect(whole).toEqual([2 * (MINUTES + 1)]);
  expect(await asked("SUM", { metric })).toEqual([MINUTES + 1, 3 * (MINUTES + 1)]);
  expect(await asked("MEAN", { metric, by: [] })).toEqual([2]);
  // At collections, and between them.
  const cuts = [START - 60, START + 600, START + 60 * 59 + 7, START + 60 * 60 + 1, START + 4_321, END];
  let sum = 0;
  for (const [i, to] of cuts.entries())
    if (i > 0) sum += (await asked("COUNT", { metric, by: [], from: cuts[i - 1]!, to }))[0] ?? 0;
  expect(sum).toBe(whole[0]);
});

test("RATE and INCREASE, also in steps, are extrapolated to their ends as before", async () => {
  const range = { metric: "many", by: [], from: START + 90, to: START + 690 };
  expect(await asked("COUNT", range)).toEqual([20]);
  expect((await asked("INCREASE", range))[0]).toBeCloseTo(20);
  expect((await asked("RATE", range))[0]).toBeCloseTo(20 / 600);
  expect((await asked("COUNT", { ...range, step: 600 }))[0]).toBeCloseTo(20);
  // Two points in a step, and the intervals to its ends.
  expect((await asked("COUNT", { ...range, from: START + 100, step: 140 }))[0]).toBeCloseTo(14 / 3);
});

// Counts by all aggregates of a range, including those of the command line and the bridge.
async function counted(store: string, metric: string, from: number, to: number): Promise<unknown> {
  await using history = await History.open({ path: store, readOnly: true });
  const range = { from: from * 1_000, to: to * 1_000 };
  const [{ count, sum } = {}] = await storeOf(history).totals({ names: [metric], ...range });
  return { count, sum };
}

// The least and the greatest value, by both kinds of query.
async function extremes(store: string, metric: string, from: number, to: number): Promise<unknown> {
  const range = { metric, by: [], from, to };
  await using history = await History.open({ path: store, readOnly: true });
  const [{ min, max } = {}] = await storeOf(history).totals({
    names: [metric],
    from: from * 1_000,
    to: to * 1_000,
  });
  expect([[min], [max]]).toEqual([await asked("MIN", range, store), await asked("MAX", range, store)]);
  return [min, max];
}

test("MIN and MAX of a histogram are recorded values, of the range itself if known", async () => {
  const store = join(newFolder("extremes"), "history.db");
  const minutes = [3, 40, 0.25, 0.5, 12, 12];
  await fillHistory({
    path: store,
    from: START,
    to: START + 60 * (minutes.length - 1),
    interval: 60,
    record: (provider) => {
      const meter = provider.getMeter("test");
      const explicit = meter.createHistogram("explicit", { advice: { explicitBucketBoundaries: [1, 10] } });
      const single = meter.createHistogram("single", { advice: { explicitBucketBoundaries: [] } });
      return (time) => {
        const value = minutes[(time - START) / 60]!;
        explicit.record(value);
        single.record(value);
      };
    },
  });
  for (const metric of ["explicit", "single"]) {
    expect(await asked("COUNT", { metric }, store)).toEqual([6]);
    expect(await extremes(store, metric, START - 60, END)).toEqual([0.25, 40]);
    expect(await extremes(store, metric, START - 60, START)).toEqual([3, 3]);
  }
  // The min is new. The max is an earlier one: only the bucket's bound is known.
  expect(await extremes(store, "explicit", START + 60, START + 120)).toEqual([0.25, 1]);
  expect(await extremes(store, "single", START + 60, START + 120)).toEqual([0.25, 40]);
  expect(await extremes(store, "explicit", START + 180, START + 300)).toEqual([10, 40]);
});

function counting(provider: MeterProvider): () => void {
  const meter = provider.getMeter("test");
  const [measured, counter] = [meter.createHistogram("measured"), meter.createCounter("counter")];
  return () => {
    measured.record(2, { queue: "a" });
    counter.add(2);
  };
}

test("after a machine's sleep only later measurements are counted, for any start within the sleep", async () => {
  const store = join(newFolder("exact"), "history.db");
  const [sleep, wake] = [START + 60 * 600, START + 60 * 720];
  const to = wake + 60 * 59;
  const isAsleep = (time: number): boolean => time >= sleep && time < wake;
  const interval = 60;
  await fillHistory({ path: store, from: START, to, interval, isAsleep, record: counting });
  for (const minutes of [10, 70, 119]) {
    const from = sleep + 60 * minutes;
    const question = { metric: "measured", from, to };
    expect(await asked("COUNT", question, store)).toEqual([60]);
    expect(await asked("SUM", { ...question, by: [] }, store)).toEqual([120]);
    expect(await counted(store, "measured", from, to)).toEqual({ count: 60, sum: 120 });
    expect(await counted(store, "counter", from, to)).toEqual({ count: 60, sum: 120 });
  }
});

test("ranges as long as the collection interval have the measurements made in them", async () => {
  const store = join(newFolder("exact"), "history.db");
  const interval = 7_200;
  const count = 200;
  await fillHistory({ path: store, from: START, to: START + count * interval, interval, record: counting });
  for (const i of [1, 2, 3, 60, 61, 150, count]) {
    const [from, to] = [START + (i - 1) * interval + 3_700, START + i * interval + 3_600];
    expect(await asked("COUNT", { metric: "measured", from, to }, store)).toEqual([1]);
    expect(await counted(store, "measured", from, to)).toEqual({ count: 1, sum: 2 });
    expect(await counted(store, "counter", from, to)).toEqual({ count: 1, sum: 2 });
  }
});
