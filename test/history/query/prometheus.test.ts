// Results of a history, beside those of the real Prometheus for the compiled expressions over the same samples.
import fc from "fast-check";
import { type AggregateName, type Answer, type Question, RemoteHistory } from "tachymeter/history";
import { expect, test } from "vitest";
import { select } from "../../../src/history/select/select.ts";
import type { Store } from "../../../src/history/store/index.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { writtenPrometheus } from "../../servers/written-prometheus.ts";
import { randomNumbers } from "../analysis/known-data.ts";
import { comparable, differences } from "../kit/comparable.ts";
import { asked } from "./asked.ts";
import { filledStore, type GivenSeries, INTERVAL_MILLIS } from "./filled-store.ts";
import { runs } from "../../kit/test-length.ts";

const BEGIN = 1_790_000_000;
const COLLECTIONS = 180;
const END = BEGIN + ((COLLECTIONS - 1) * INTERVAL_MILLIS) / 1_000;
const METRICS = 8;
const BOUNDS = [0.1, 1, 10];
const KINDS = ["a", "b", "c"];

test("a question has the result of Prometheus for random series", async (context) => {
  const store = randomStore(randomNumbers(11));
  const everything = { matchers: [{ label: "__name__", operator: "=~" as const, value: ".+" }] };
  const { series } = select(store, { ...everything, from: 0, to: Number.MAX_SAFE_INTEGER });
  const url = await writtenPrometheus(
    context,
    "3",
    series.flatMap(({ samples }) => samples ?? []).map(withoutMarkers),
  );
  const remote = new RemoteHistory({ url });
  await fc.assert(
    fc.asyncProperty(questions, async (question) => {
      const [here, there] = await Promise.all([answeredHere(store, question), remote.query(question)]);
      expect(differences(comparable(here), comparable(there), 1e-9)).toEqual([]);
    }),
    { numRuns: runs(300) },
  );
  await remote.close();
  store.close();
});

const OF_NUMBERS: readonly AggregateName[] = [
  "MEAN",
  "SUM",
  "MIN",
  "MAX",
  "COUNT",
  "LAST",
  "STDDEV",
  "QUANTILE",
];
const OF_HISTOGRAMS: readonly AggregateName[] = ["MEAN", "SUM", "COUNT", "RATE", "INCREASE", "QUANTILE"];

const asking = fc.oneof(
  fc.record({ metric: metrics("gauge"), aggregate: fc.constantFrom(...OF_NUMBERS) }),
  fc.record({
    metric: metrics("counter"),
    aggregate: fc.constantFrom<AggregateName>("RATE", "INCREASE", ...OF_NUMBERS),
  }),
  fc.record({ metric: metrics("histogram"), aggregate: fc.constantFrom(...OF_HISTOGRAMS) }),
);
// A gap of all series in a group only shows in the sums of a history. So series are added up with the first, which has
// none.
const questions: fc.Arbitrary<Question> = fc
  .record({
    asking,
    // Servers estimate the interval of points from those before the end.
    from: fc.integer({ min: 0, max: 1_200 }),
    length: fc.integer({ min: 300, max: 1_790 }),
    step: fc.integer({ min: 20, max: 700 }),
    quantile: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    grouping: fc.constantFrom<Pick<Question, "by">>(
      {},
      { by: [] },
      { by: ["kind"] },
      { by: ["kind", "absent"] },
    ),
    where: fc.constantFrom({}, { kind: { not: "b" } }, { kind: ["a", "c"] }),
    isWhole: fc.boolean(),
  })
  .map(({ asking: { metric, aggregate }, from, length, step, quantile, grouping, where, isWhole }) => {
    const to = Math.min(BEGIN + from + length, END);
    const isRise = metric.startsWith("histogram") || aggregate === "RATE" || aggregate === "INCREASE";
    const by = isRise || grouping.by === undefined ? grouping : { by: [] };
    const question = { metric, aggregate, quantile, where, from: BEGIN + from, to, ...by };
    // Without a step, a history counts the values of a histogram exactly.
    return isWhole && !metric.startsWith("histogram") ? question : { ...question, step };
  });

function metrics(type: string): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: METRICS - 1 }).map((i) => `${type}.${i}`);
}

// With restarts of counters, values around 0 and gaps.
function randomStore(random: () => number): Store {
  const metricsOf = (
    type: "counter" | "gauge" | "histogram",
    cells: (i: number) => number | readonly number[],
  ): GivenSeries[] =>
    Array.from({ length: METRICS }, (__, i) =>
      KINDS.map((kind, k): GivenSeries => {
        const hasGaps = k > 0 && random() < 0.7;
        const mayMiss = 0.3 * random();
        const all = Array.from({ length: COLLECTIONS }, (_, n) => cells(n));
        const present = all.map((each) => (hasGaps && random() < mayMiss ? undefined : each));
        const bounds = type === "histogram" ? { bounds: BOUNDS } : {};
        return { type, metric: `${type}.${i}`, attributes: { kind }, cells: present, ...bounds };
      }),
    ).flat();
  let count = 0;
  let row = [0, 0, 0, 0, 0];
  return filledStore({
    times: Array.from({ length: COLLECTIONS }, (_, n) => BEGIN * 1_000 + n * INTERVAL_MILLIS),
    series: [
      ...metricsOf("gauge", () => 1_000 * (random() - 0.5)),
      ...metricsOf(
        "counter",
        (n) => (count = n === 0 || random() < 0.03 ? 0 : count + Math.floor(9 * random())),
      ),
      ...metricsOf("histogram", (n) => {
        if (n === 0 || random() < 0.03) row = [0, 0, 0, 0, 0];
        row = row.map((cell, k) => cell + (k === 0 ? random() : Math.floor(3 * random())));
        return row;
      }),
    ],
  });
}

// Gaps have markers, which end a series for servers. Sums of a history count its last value for five minutes.
function withoutMarkers({ stale, ...series }: SampleSeries): SampleSeries {
  const kept = Array.from(series.times.keys()).filter((i) => stale?.[i] !== 1);
  return {
    labels: series.labels,
    times: Float64Array.from(kept, (i) => series.times[i] ?? 0),
    values: Float64Array.from(kept, (i) => series.values[i] ?? 0),
  };
}

async function answeredHere(store: Store, question: Question): Promise<Answer> {
  const found = await asked(store, question);
  if (typeof found === "string") throw new Error(found);
  const series = found.map(([attributes, points]) => ({
    attributes,
    points: points.map(([t, v]) => [t, v] as [number, number]),
  }));
  return { metric: question.metric, unit: "", type: "gauge", series };
}
