import { join } from "node:path";
import fc from "fast-check";
import { History } from "tachymeter/history";
import { AggregationType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { StoreSource } from "../../../src/history/select/store-source.ts";
import type { CapableSource } from "../../../src/query/capable-source.ts";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { isLong } from "../../kit/test-length.ts";
import { fillHistory } from "../filled-history.ts";
import { FIRST_MILLIS, LENGTH_MILLIS, randomStore } from "./random-store.ts";
import { differenceOf } from "./same-result.ts";

const FUNCTIONS = [
  "last_over_time",
  "rate",
  "increase",
  "delta",
  "sum_over_time",
  "avg_over_time",
  "min_over_time",
  "max_over_time",
  "count_over_time",
  "present_over_time",
  // These need samples.
  "irate",
  "changes",
  "stddev_over_time",
  "absent_over_time",
] as const;

const selectors = fc.constantFrom(
  "sent_total",
  'sent_total{room="a"}',
  "level",
  "odd",
  "wait_bucket",
  'wait_bucket{le="1.0"}',
  "wait_sum",
  "wait_count",
  '{__name__=~"sent_total|level|wait_.*"}',
  'level{service_instance_id=~"p.*"}',
);
const shifts = fc.constantFrom(
  "",
  " offset 90s",
  " offset 10m",
  " offset -5m",
  ` @ ${FIRST_MILLIS / 1_000 + 1_200}`,
  " @ end()",
);
const durations = fc.constantFrom("30s", "1m", "95s", "5m", "10m", "20m", "1h");
const instants = fc.tuple(selectors, shifts).map(([selector, shift]) => selector + shift);
const calls = fc
  .tuple(fc.constantFrom(...FUNCTIONS), selectors, durations, shifts)
  .map(([name, selector, range, shift]) => `${name}(${selector}[${range}]${shift})`);
const simple = fc.oneof(instants, calls);
const expressions = fc.oneof(
  { weight: 4, arbitrary: simple },
  simple.map((each) => `max by (room) (${each})`),
  simple.map((each) => `topk(2, ${each})`),
  simple.map((each) => `(${each}) * 2`),
  simple.map((each) => `max_over_time((${each})[10m:2m])`),
  instants.map((each) => `timestamp(${each})`),
  fc.tuple(simple, simple).map(([left, right]) => `(${left}) or (${right})`),
);

const ranges = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  expression: expressions,
  from: fc.integer({ min: -300, max: 1_800 }),
  length: fc.integer({ min: 0, max: 3_000 }),
  step: fc.constantFrom(60, 61.5, 120, 300, 600, 900, 3_600),
  lookback: fc.constantFrom(20, 60, 300, 900),
  isAligned: fc.boolean(),
});

test("functions over windows are the same from summaries as from samples", { timeout: 600_000 }, async () => {
  let filled = 0;
  let computed = 0;
  await fc.assert(
    fc.asyncProperty(ranges, async ({ seed, expression, from, length, step, lookback, isAligned }) => {
      const store = randomStore(seed);
      try {
        const start = FIRST_MILLIS / 1_000 + (isAligned ? Math.floor(from / 600) * 600 : from + 0.25);
        const options = { from: start, to: start + length, step, lookback };
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
    { numRuns: isLong ? 20_000 : 400 },
  );
  // Most of the questions have an answer, and much of it comes from summaries.
  expect(filled).toBeGreaterThan(isLong ? 8_000 : 160);
  expect(computed).toBeGreaterThan(isLong ? 20_000 : 400);
});

test("a window of an instant query is computed from summaries", async () => {
  const store = randomStore(7);
  const time = (FIRST_MILLIS + LENGTH_MILLIS) / 1_000;
  for (const name of FUNCTIONS) {
    const expression = `${name}({__name__=~"sent_total|level|wait_.*"}[1h])`;
    const windows = new Counting(new StoreSource(store));
    const values = await outcome(query(expression, { source: windows, time }));
    const samples = await outcome(query(expression, { source: samplesOf(new StoreSource(store)), time }));
    expect([expression, differenceOf(samples, values)]).toEqual([expression, undefined]);
  }
  store.close();
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

/** The samples alone of a source, all of them. */
function samplesOf(source: CapableSource): CapableSource {
  return { select: (selection) => source.select({ ...selection, needed: undefined }) };
}

/** Counts the series with computed values. */
class Counting implements CapableSource {
  computed = 0;
  readonly #source: StoreSource;
  readonly select: CapableSource["select"];

  constructor(source: StoreSource) {
    this.#source = source;
    this.select = (selection) => source.select(selection);
  }

  async *windows(selection: Parameters<StoreSource["windows"]>[0]): ReturnType<StoreSource["windows"]> {
    for await (const series of this.#source.windows(selection)) {
      if (series.values.length > 0) this.computed++;
      yield series;
    }
  }
}

async function outcome(result: Promise<QueryResult>): Promise<QueryResult | QueryError> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}
