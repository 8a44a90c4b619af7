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
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import type { SampleSeries } from "../../../src/query/source.ts";
import { isLong } from "../../kit/test-length.ts";
import { gathered } from "../gathered.ts";
import { type Comparable, comparable, differences } from "./comparable.ts";
import { BEGIN, END, INTERVAL, type Recorded, recorded } from "./recorded.ts";
import { CAPABILITIES, Servers, type ServerName, SERVERS } from "./servers.ts";

let data: Recorded;
let local: History;
let servers: Servers;

beforeAll(async () => {
  data = await recorded();
  local = await History.open({ path: data.path, readOnly: true });
  servers = new Servers(data);
});

afterAll(async () => {
  await servers.close();
  await local.close();
});

async function remote(context: TestContext, name: ServerName): Promise<RemoteHistory> {
  const history = new RemoteHistory({ url: await servers.urlOf(context, name) });
  context.onTestFinished(() => history.close());
  return history;
}

// They extrapolate increases as Prometheus 3 does.
const EXTRAPOLATING = ["Prometheus 3", "live figures", "an application"] as const;

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

// The short form asks each question for one of the ranges, and each range for a sixth of the questions. Questions come in
// threes: each grouping gets each range.
function allOf(questions: readonly Question[]): Question[] {
  return questions.flatMap((question, i) =>
    ranges
      .filter((_, range) => isLong || range === (i + Math.floor(i / 3)) % ranges.length)
      .map((range) => ({ ...question, ...range })),
  );
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

describe.each(SERVERS)("a history and %s", (name) => {
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

test.for(EXTRAPOLATING)("a history and %s return the same increases", async (name, context) => {
  expect(await disagreements(await remote(context, name), allOf(rising), 1e-12)).toEqual([]);
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

test.for(EXTRAPOLATING)(
  "a history and %s return the same results for any question",
  async (name, context) => {
    const engine = await remote(context, name);
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
        // A value of the first interval may be the only one in its bucket. Servers have none of that interval.
        const { metric, aggregate } = question;
        const isExtreme = aggregate === "MIN" || aggregate === "MAX";
        fc.pre(metric !== "kit.duration" || step !== undefined || !isExtreme);
        expect(await disagreements(engine, [asked], 1e-9)).toEqual([]);
      }),
      { numRuns: isLong ? 1_000 : 12 },
    );
  },
);

// VictoriaMetrics has no question for the samples of a range of more than one metric.
test.for(["Prometheus 2", ...EXTRAPOLATING] as const)(
  "a history and %s have the same samples under the same names",
  async (name, context) => {
    const selection = {
      matchers: [{ label: "__name__", operator: "=~", value: "kit_.+" }] as const,
      from: BEGIN * 1_000,
      to: END * 1_000,
    };
    const own = samplesOf(await gathered(local.select(selection)));
    expect(samplesOf(await gathered((await remote(context, name)).select(selection)))).toEqual(own);
    expect(samplesOf(await gathered(data.live.select(selection)))).toEqual(own);
  },
);

describe.each([...SERVERS, "a history"] as const)("questions without metrics to %s", (name) => {
  const { events, usage } = CAPABILITIES[name];
  const source = async (context: TestContext): Promise<HistorySource> =>
    name === "a history" ? local : remote(context, name);

  test("return its events, or an error if it has none", async (context) => {
    const outcome = await outcomeOf(gathered((await source(context)).events()));
    expect(outcome).toMatch(events ? /^answered$/ : /events are not supported/);
  });

  test("return its usage, or an error if it has none", async (context) => {
    const outcome = await outcomeOf((await source(context)).usage());
    expect(outcome).toMatch(usage ? /^answered$/ : /status\/tsdb is not served/);
  });
});

test("invalid and aborted questions fail in the same way", async (context) => {
  const engines = [remote(context, "Prometheus 2"), remote(context, "live figures")];
  for (const source of [local, ...(await Promise.all(engines))]) {
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

function outcomeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(() => "answered", String);
}

// The samples of series by their labels; without stale markers, which a range leaves out.
function samplesOf(all: readonly SampleSeries[]): Readonly<Record<string, readonly Point[]>> {
  const entries = all.map(({ labels, times, values, stale }) => {
    const points = Array.from(times, (time, i): Point => [time / 1_000, values[i]!]);
    return [JSON.stringify(labels), points.filter((_, i) => stale?.[i] !== 1)] as const;
  });
  return Object.fromEntries(entries);
}

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
