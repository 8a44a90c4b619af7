import fc from "fast-check";
import { expect, test } from "vitest";
import { AggregationType } from "tachymeter/metrics";
import type { Matcher, SampleSeries, Selection } from "../../../src/query/source.ts";
import { allSteps } from "../../../src/io/yield.ts";
import { gathered } from "../../../src/query/reading.ts";
import { readOne } from "../../../src/query/sample-source.ts";
import { collectedColumns } from "./collected-columns.ts";
import { runs } from "../../kit/test-length.ts";

const INTERVAL_MILLIS = 15_000;

interface Round {
  /** Series that are present, by bit. */
  readonly present: number;
  readonly value: number;
  readonly observed: number;
}

const rounds = fc.array(
  fc.record<Round>({
    // Mostly all.
    present: fc.oneof({ weight: 6, arbitrary: fc.constant(0b11_1111) }, fc.nat(0b11_1111)),
    value: fc.oneof(fc.nat(1_000), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
    observed: fc.integer({ min: 1, max: 1_000 }),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
);

/** Collects rounds: gauges that come and go, a counter and a native histogram that stay. */
async function collectedRounds(
  all: readonly Round[],
  afterEach: (columns: ReturnType<typeof collectedColumns>["columns"], round: number) => void = () => {},
): Promise<ReturnType<typeof collectedColumns>["columns"]> {
  const views = [
    { instrumentName: "size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const,
  ];
  const { meter, columns, collect } = collectedColumns({ views });
  const counter = meter.createCounter("done");
  const histogram = meter.createHistogram("size");
  let now: Round | undefined;
  meter.createObservableGauge("level").addCallback((result) => {
    for (let id = 0; id < 6; id++)
      if (now !== undefined && (now.present & (1 << id)) !== 0) result.observe(now.value + id, { id });
  });
  for (const [i, round] of all.entries()) {
    now = round;
    counter.add(round.observed);
    histogram.record(round.observed);
    await collect(((i + 1) * INTERVAL_MILLIS) / 1_000);
    afterEach(columns, i);
  }
  return columns;
}

const selection = fc.record({
  matchers: fc.constantFrom<readonly Matcher[]>(
    [{ label: "__name__", operator: "=", value: "level" }],
    [
      { label: "__name__", operator: "=", value: "level" },
      { label: "id", operator: "=~", value: "[1-3]" },
    ],
    [{ label: "__name__", operator: "=~", value: "level|done_total|size" }],
  ),
  from: fc.nat(70).map((n) => n * INTERVAL_MILLIS),
  to: fc.nat(70).map((n) => n * INTERVAL_MILLIS),
});

/** A copy, since values are valid until those of another series are read. */
function copyOf({ labels, times, values, stale, histograms }: SampleSeries): SampleSeries {
  return { labels, times: times.slice(), values: values.slice(), stale: stale?.slice(), histograms };
}

test("samples in memory are those that are selected with promises, for any gaps and ranges", async () => {
  await fc.assert(
    fc.asyncProperty(rounds, fc.array(selection, { minLength: 1, maxLength: 6 }), async (all, selections) => {
      // Selections between the collections decode values that are used again.
      const columns = await collectedRounds(all, (some, round) => {
        const each = selections[round % selections.length]!;
        for (const { values } of seriesIn(some, each)) expect(values).toBeInstanceOf(Float64Array);
      });
      for (const each of selections) {
        const selected: SampleSeries[] = [];
        for await (const series of columns.select(each)) selected.push(copyOf(series));
        expect(inMemory(columns, each)).toEqual(selected);
        const whole = inMemory(columns, { ...each, from: 0, to: 1e9 });
        expect(samplesWithin(selected, each)).toEqual(samplesWithin(whole, each));
      }
    }),
    { numRuns: runs(30) },
  );
});

test("values in memory that were read before are those of the same series when they are read again", async () => {
  const columns = await collectedRounds(
    Array.from({ length: 40 }, (_, i) => ({ present: 0b11_1111, value: i, observed: 1 })),
  );
  const matchers: readonly Matcher[] = [{ label: "__name__", operator: "=", value: "level" }];
  const series = seriesIn(columns, { matchers, from: 0, to: 1e9 });
  const last = (): readonly (number | undefined)[] => series.map(({ values }) => values.at(-1));
  expect(last()).toEqual([39, 40, 41, 42, 43, 44]);
  expect(last()).toEqual([39, 40, 41, 42, 43, 44]);
});

function samplesWithin(all: readonly SampleSeries[], { from, to }: Selection): readonly unknown[] {
  return all.flatMap(({ labels, times, values, stale, histograms }) =>
    [...times].flatMap((time, i) =>
      time < from || time > to ? [] : [[labels, time, values[i], stale?.[i] ?? 0, histograms?.[i]]],
    ),
  );
}

type Columns = Awaited<ReturnType<typeof collectedRounds>>;

function inMemory(columns: Columns, wanted: Selection): readonly SampleSeries[] {
  return seriesIn(columns, wanted).map(copyOf);
}

function seriesIn(columns: Columns, wanted: Selection): readonly SampleSeries[] {
  return allSteps(gathered(readOne(columns, wanted)));
}
