import type { Attributes } from "@opentelemetry/api";
import fc from "fast-check";
import {
  type AggregateName,
  type Point,
  History,
  type HistorySource,
  type Question,
  RemoteHistory,
} from "tachymeter/history";
import { beforeAll, describe, expect, test, type TestContext } from "vitest";
import { QUERY_ENGINES, type QueryEngine, queryEngine } from "../../servers/query-engines.ts";
import { gathered } from "../gathered.ts";
import { type Comparable, comparable, differences } from "./comparable.ts";
import { BEGIN, END, INTERVAL, type Recorded, recorded } from "./recorded.ts";

let data: Recorded;
let local: HistorySource;
const engines = new Map<QueryEngine, Promise<string>>();

beforeAll(async () => {
  data = await recorded();
  local = await History.open({ path: data.path, readOnly: true });
  return () => local.close();
});

async function remote(context: TestContext, name: QueryEngine): Promise<RemoteHistory> {
  const engine = engines.get(name) ?? queryEngine(context, name, data.openMetrics);
  engines.set(name, engine);
  const history = new RemoteHistory({ url: await engine });
  context.onTestFinished(() => history.close());
  return history;
}

// The aggregates of each metric, and whether they are based on increases.
const STORED: readonly AggregateName[] = ["MEAN", "SUM", "MIN", "MAX", "COUNT", "LAST", "STDDEV", "QUANTILE"];
const RISES: readonly AggregateName[] = ["RATE", "INCREASE"];
const OF_HISTOGRAMS: readonly AggregateName[] = [
  "MEAN",
  "SUM",
  "MIN",
  "MAX",
  "COUNT",
  "RATE",
  "INCREASE",
  "QUANTILE",
];

const groupings = [{}, { by: [] }, { by: ["queue.name"] }] as const;

const steady = [
  ...["kit.depth", "kit.sent", "kit.volume"].flatMap((metric) =>
    STORED.flatMap((aggregate) => groupings.map((by): Question => ({ metric, aggregate, ...by }))),
  ),
  ...STORED.map((aggregate): Question => ({ metric: "kit.visit", aggregate })),
  ...groupings.map((by): Question => ({ metric: "kit.duration", aggregate: "LAST", ...by })),
  ...["kit.depth", "kit.visit"].map((metric): Question => ({ metric })),
];
const rising = [
  ...["kit.sent", "kit.volume"].flatMap((metric) =>
    RISES.flatMap((aggregate) => groupings.map((by): Question => ({ metric, aggregate, ...by }))),
  ),
  ...OF_HISTOGRAMS.flatMap((aggregate) =>
    groupings.map((by): Question => ({ metric: "kit.duration", aggregate, ...by })),
  ),
];

const ranges: readonly Partial<Question>[] = [
  { from: BEGIN, to: END },
  { from: BEGIN + 203, to: END - 97 },
  { from: BEGIN, to: END, step: 60 },
  { from: BEGIN + 7, to: END, step: 137 },
  { to: END, step: 300 },
  { to: END },
];

function allOf(questions: readonly Question[]): Question[] {
  return questions.flatMap((question) => ranges.map((range) => ({ ...question, ...range })));
}

// Without a step, a history counts the values of a histogram exactly, while servers extrapolate.
function isCounted({ metric, step, aggregate }: Question): boolean {
  const isOfCounts = aggregate === "COUNT" || aggregate === "SUM" || aggregate === "MEAN";
  return metric === "kit.duration" && step === undefined && isOfCounts;
}

// Results of the history, cached because they are compared with several servers.
const answered = new Map<string, Promise<Comparable>>();

function answeredHere(question: Question): Promise<Comparable> {
  const key = JSON.stringify(question);
  const answer = answered.get(key) ?? local.query(question).then(comparable);
  answered.set(key, answer);
  return answer;
}

/** The differences of two sources, question by question; several questions at a time are sent to the server. */
async function disagreements(
  other: HistorySource,
  questions: readonly Question[],
  share: number,
): Promise<readonly string[]> {
  const left = questions.filter((question) => !isCounted(question)).values();
  const found: string[] = [];
  const compareSome = async (): Promise<void> => {
    for (const question of left) {
      const [here, there] = await Promise.all([answeredHere(question), other.query(question)]);
      const all = differences(here, comparable(there), share);
      if (all.length > 0) found.push(`${JSON.stringify(question)}: ${all.slice(0, 2).join("; ")}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, compareSome));
  return found;
}

describe.each(QUERY_ENGINES)("a history and %s", (name) => {
  // VictoriaMetrics stores twelve digits.
  const exact = name === "VictoriaMetrics" ? 1e-9 : 1e-12;

  test("return the same stored values", async (context) => {
    expect(await disagreements(await remote(context, name), allOf(steady), exact)).toEqual([]);
  });

  test("have the same metrics and series, under either name", async (context) => {
    const engine = await remote(context, name);
    for (const [metric, prometheusName, type, unit] of [
      ["kit.depth", "kit_depth", "gauge", ""],
      ["kit.duration", "kit_duration_seconds", "histogram", "s"],
      ["kit.sent", "kit_sent_total", "counter", ""],
      ["kit.visit", "kit_visit_ratio", "gauge", "1"],
      ["kit.volume", "kit_volume_bytes_total", "counter", "By"],
    ] as const) {
      for (const source of [local, engine]) {
        const question = { aggregate: "LAST", from: BEGIN, to: END } as const;
        const [answer, same] = await Promise.all([
          source.query({ metric, ...question }),
          source.query({ metric: prometheusName, ...question }),
        ]);
        expect(answer).toMatchObject({
          metric,
          type,
        });
        // Text in braces is an annotation and not a unit, and Prometheus does not get it.
        expect(answer.unit.replace("{message}", "")).toBe(unit);
        expect(same).toEqual({ ...answer, metric: prometheusName });
      }
      const [own, others] = await Promise.all(
        [local, engine].map((source) => gathered(source.series(metric))),
      );
      expect(textsOf(others)).toEqual(textsOf(own));
    }
    const known = (await gathered(engine.metrics())).filter((each) => each.name.startsWith("kit"));
    const own = await gathered(local.metrics());
    expect(known.map(({ type }) => type)).toEqual(own.map(({ type }) => type));
  });

  test("return the same trends and forecasts", async (context) => {
    const engine = await remote(context, name);
    const question = {
      metric: "kit.sent",
      aggregate: "MAX",
      from: BEGIN + 1_000,
      to: END,
      step: 50,
    } as const;
    const [here, there] = await Promise.all(
      [local, engine].map((source) => source.forecast(question, 5_000)),
    );
    expect(there?.series).toHaveLength(here?.series.length ?? 0);
    for (const { outcome, at = 0, earliest = 0, trend, attributes } of here?.series ?? []) {
      const same = there?.series.find((each) => each.attributes["queue_name"] === attributes["queue.name"]);
      expect(same?.outcome).toBe(outcome);
      expect([same?.at, same?.earliest].map((time = 0) => time.toFixed(3))).toEqual([
        at.toFixed(3),
        earliest.toFixed(3),
      ]);
      expect(same?.trend.slope).toBeCloseTo(trend.slope, 6);
    }
    const middle = BEGIN + 500;
    const [own, others] = await Promise.all(
      [local, engine].map((source) =>
        source.compare({ metric: "kit.depth", step: 50 }, [BEGIN, middle], [middle, BEGIN + 1_000]),
      ),
    );
    expect(others?.series.map(({ pValue }) => pValue.toFixed(6)).toSorted()).toEqual(
      own?.series.map(({ pValue }) => pValue.toFixed(6)).toSorted(),
    );
  });
});

test("a history and Prometheus 3 return the same increases", async (context) => {
  expect(await disagreements(await remote(context, "Prometheus 3"), allOf(rising), 1e-12)).toEqual([]);
});

// Prometheus 2 has windows shorter by a millisecond, and extrapolates differently at the start of a series.
test("a history and Prometheus 2 return the same increases, except at the start of a series", async (context) => {
  const where = { "queue.name": { not: "späte" } };
  const questions = rising.flatMap((question) => [
    { ...question, where, from: BEGIN + 203, to: END - 97 },
    { ...question, where, from: BEGIN + 107, to: END, step: 137 },
  ]);
  expect(await disagreements(await remote(context, "Prometheus 2"), questions, 1e-3)).toEqual([]);
});

// VictoriaMetrics does not extrapolate. It counts from the last point before a window to the last one in it.
test("VictoriaMetrics returns the increase between the points of a history", async (context) => {
  const engine = await remote(context, "VictoriaMetrics");
  for (const [metric, aggregate] of [
    ["kit.sent", "INCREASE"],
    ["kit.volume", "INCREASE"],
    ["kit.duration", "COUNT"],
  ] as const) {
    const where = { "queue.name": ["jobs", "mail"] };
    const stored = comparable(await local.query({ metric, where, from: BEGIN, to: END }));
    for (const [from, step] of [
      [BEGIN + 203, 137],
      [BEGIN + 300, 300],
    ] as const) {
      const answer = comparable(await engine.query({ metric, where, from, to: END, step, aggregate }));
      const expected = Object.entries(stored).map(([labels, points]) => {
        const ends = Array.from({ length: Math.floor((END - from) / step) }, (_, i) => from + (i + 1) * step);
        return [labels, ends.map((end): Point => [end, riseBetween(points, end - step, end)])];
      });
      expect(differences(answer, Object.fromEntries(expected), 1e-9)).toEqual([]);
    }
  }
  // One more or less of 200 values hardly changes a mean or a quantile.
  const histograms = (["MEAN", "QUANTILE"] as const).map((aggregate): Question => {
    return { metric: "kit.duration", aggregate, from: BEGIN + 900, to: END, step: 300, by: [] };
  });
  expect(await disagreements(engine, histograms, 0.1)).toEqual([]);
});

test("a history and Prometheus 3 return the same results for any question", async (context) => {
  const engine = await remote(context, "Prometheus 3");
  const questions = fc.constantFrom(...steady, ...rising);
  const spans = fc.record({
    // Times of points and between points. Servers estimate the interval of points from those before the end.
    from: fc.integer({ min: 0, max: 1_500 }).map((seconds) => BEGIN + seconds),
    length: fc.integer({ min: 3 * INTERVAL, max: 1_500 }),
    step: fc.option(fc.integer({ min: 20, max: 700 }), { nil: undefined }),
    quantile: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(questions, spans, async (question, { from, length, step, quantile }) => {
      const to = Math.min(from + length, END);
      const asked = { ...question, from, to, quantile, ...(step !== undefined && { step }) };
      expect(await disagreements(engine, [asked], 1e-9)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("invalid and aborted questions fail in the same way", async (context) => {
  const engine = await remote(context, "Prometheus 2");
  for (const source of [local, engine]) {
    const messages = await Promise.all(
      [
        { metric: "" },
        { metric: "kit.depth", step: -1, by: [""], quantile: 2 },
        { metric: "kit.depth", from: END, to: BEGIN },
        { metric: "kit.duration", aggregate: "STDDEV", to: END } as const,
      ].map((question) => source.query(question).catch((error: unknown) => error)),
    );
    expect(messages.map((error) => Reflect.get(Object(error), "code"))).toEqual(
      messages.map(() => "TACHYMETER_QUESTION"),
    );
    const signal = AbortSignal.abort(new Error("the caller's reason"));
    await expect(source.query({ metric: "kit.depth", signal })).rejects.toThrow("the caller's reason");
  }
});

function textsOf(all: readonly Attributes[] = []): readonly string[] {
  return Object.keys(
    comparable({
      metric: "",
      unit: "",
      type: "gauge",
      series: all.map((attributes) => ({ attributes, points: [] })),
    }),
  );
}

function riseBetween(points: readonly Point[], after: number, until: number): number {
  let before: number | undefined;
  let rise = 0;
  for (const [time, value] of points) {
    if (time > until) break;
    // A falling value means a restart at 0.
    if (time > after && before !== undefined) rise += value < before ? value : value - before;
    before = value;
  }
  return rise;
}
