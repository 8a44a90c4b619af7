// Live samples beside those of a history, which are further apart.
import { Events } from "tachymeter/facades";
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { AggregationType } from "tachymeter/metrics";
import { afterEach, expect, test, vi } from "vitest";
import { storeOf } from "../../../src/history/store-of.ts";
import { HistoryExporter } from "../../../src/history/parts.ts";
import { ChartQueries } from "../../../src/page/charts/chart-plan.ts";
import { PageEvents } from "../../../src/page/page-events.ts";
import type { ChartSeries, ViewData } from "../../../src/page/protocol.ts";
import { KnownMetrics } from "../../../src/page/views/known-metrics.ts";
import { LiveView } from "../../../src/page/views/live-view.ts";
import type { SampleSource } from "../../../src/query/sample-source.ts";
import { labelsTest } from "../../../src/query/evaluation/matchers.ts";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import { FUNCTION_NAMES, type FunctionName, signatureOf } from "../../../src/query/function-signatures.ts";
import { JoinedSource, joinedSeries } from "../../../src/query/joined-source.ts";
import { LiveExemplars } from "../../../src/query/live/live-exemplars.ts";
import type { QueryError } from "../../../src/query/query-error.ts";
import { RecentSource } from "../../../src/query/recent-source.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import type { SampleSeries, Source } from "../../../src/query/source.ts";
import { outcome } from "../../history/windows/compared.ts";
import { differenceOf } from "../../history/windows/same-result.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { PullReader } from "../../kit/pull-reader.ts";
import { isLong } from "../../kit/test-length.ts";
import { serveSource } from "../http/served-source.ts";
import { collectedColumns } from "./collected-columns.ts";

afterEach(() => {
  vi.useRealTimers();
});

const TRANSLATION = { scopeLabels: false, targetInfo: false };
const ATTRIBUTES = { "service.name": "shop", "service.instance.id": "1" };

/** A process with a clock, in seconds, whose collections go to memory and to a history. */
async function clocked() {
  const begin = Math.floor(Date.now() / 1_000);
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: begin * 1_000 });
  const history = await History.open({ path: join(newFolder("with-history"), "shop.db") });
  const exporter = new HistoryExporter(storeOf(history));
  const reader = new PullReader();
  const { meter, collect, columns } = collectedColumns({
    resource: resourceFromAttributes(ATTRIBUTES),
    further: reader,
    views: [
      { instrumentName: "native", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      {
        instrumentName: "wait",
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 3] } },
      },
    ],
  });
  const [work, wait, native] = [
    meter.createCounter("work"),
    meter.createHistogram("wait"),
    meter.createHistogram("native"),
  ];
  let [level, hasEnded]: [number | undefined, boolean] = [undefined, false];
  meter.createObservableCounter("gone").addCallback((result) => {
    if (!hasEnded) result.observe(Date.now() / 1_000);
  });
  meter.createObservableGauge("level").addCallback((result) => {
    if (level !== undefined) result.observe(level);
  });
  const own = { instance: "1", service: "shop", sinceUnixMillis: begin * 1_000 };
  let now = begin;
  const stored = storeOf(history).viewed({ translation: TRANSLATION, own });
  return {
    begin,
    live: columns,
    stored,
    close: () => history.close(),
    both: new JoinedSource(stored, columns),
    get now() {
      return now;
    },
    /** Ends the series `gone_total`. */
    end(): void {
      hasEnded = true;
    },
    advance(seconds: number): void {
      now += seconds;
      vi.setSystemTime(now * 1_000);
    },
    /** Records, and collects into memory. */
    async collect(value: number): Promise<void> {
      const attributes = { route: `/${value % 3}` };
      work.add(value, attributes);
      wait.record(value, attributes);
      native.record(value, attributes);
      level = value === 0 ? undefined : value;
      await collect(now);
    },
    async store(): Promise<void> {
      const { resourceMetrics } = await reader.collect();
      await new Promise<void>((resolve, reject) => {
        exporter.export(resourceMetrics, ({ error }) => (error === undefined ? resolve() : reject(error)));
      });
    },
  };
}

const METRICS = ["work_total", "level", "wait_bucket", "wait_count", "native"];
const STRINGS = ['"to"', '"$1"', '"route"', '"/(.)"'];

/** An application of a function, with windows of a length in seconds. */
function callOf(name: FunctionName, metric: string, seconds: number, isSubquery: boolean): string {
  const argument = {
    string: "",
    scalar: "0.5",
    vector: metric,
    matrix: `${metric}[${seconds}s${isSubquery ? ":7s" : ""}]`,
  };
  const strings = STRINGS.values();
  const args = signatureOf(name).args.map((type) =>
    type === "string" ? strings.next().value : argument[type],
  );
  return `${name}(${args.join(", ")})`;
}

// The order of series without a sort has no meaning.
function inOrder(result: QueryResult | QueryError): QueryResult | QueryError {
  if (!("kind" in result) || result.kind !== "vector") return result;
  const key = ({ labels }: (typeof result.series)[number]): string => JSON.stringify(labels);
  return { ...result, series: result.series.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

const moment = fc.record({
  seconds: fc.integer({ min: 1, max: 12 }),
  value: fc.integer({ min: 0, max: 5 }),
  isStored: fc.boolean(),
  isAwaited: fc.boolean(),
  name: fc.constantFrom(...FUNCTION_NAMES),
  metric: fc.constantFrom(...METRICS),
  window: fc.integer({ min: 1, max: 90 }),
  isSubquery: fc.boolean(),
  isRange: fc.boolean(),
  isFromZero: fc.boolean(),
});

/** Bodies of the HTTP API at a time, without the order of series. */
async function served(source: SampleSource, expressions: readonly string[], time: number): Promise<unknown> {
  const { url, close } = await serveSource(source);
  const bodies = await Promise.all(
    expressions.map(async (expression) => {
      const search = new URLSearchParams({ query: expression, time: `${time}`, lookback_delta: "60" });
      const body: { data?: { result?: unknown } } = JSON.parse(
        await (await fetch(`${url}/api/v1/query?${search.toString()}`)).text(),
      );
      const result = body.data?.result;
      return Array.isArray(result) ? result.map((each) => JSON.stringify(each)).toSorted() : body;
    }),
  );
  await close();
  return bodies;
}

/** The charts of the page for a counter and a histogram. */
async function charts(source: SampleSource, timeMillis: number): Promise<unknown> {
  const found: unknown[] = [];
  for (const metric of ["work_total", "wait"]) {
    const name = { kind: "instrument", metric, by: undefined } as const;
    const view = new LiveView(
      `instrument/${metric}`,
      name,
      { rangeMillis: 60_000, stepMillis: 5_000 },
      {
        source: () => source,
        queries: new ChartQueries(),
        known: new KnownMetrics(),
        events: new PageEvents([new Events()], () => undefined),
        exemplars: new LiveExemplars(TRANSLATION),
        onlyMember: () => undefined,
        workerOf: (instance: string) => instance,
        expectedAt: () => undefined,
        unusualSpans: () => [],
        resolutionMillis: 5_000,
        storedMillis: () => 60_000,
      },
    );
    await view.evaluateRange(timeMillis, new AbortController().signal);
    const data: ViewData = JSON.parse((await view.json()).toString());
    found.push(data.charts.map(({ series, ...chart }) => ({ ...chart, series: namedSeries(series) })));
  }
  return found;
}

// Rounded: the last digits depend on the order in which series are added up.
function namedSeries(series: readonly ChartSeries[]): unknown {
  const rounded = series.map(({ labels, name, values }) => [
    JSON.stringify(labels),
    name,
    values.map((value) => value && Number(value.toPrecision(9))),
  ]);
  return rounded.toSorted((one, other) => (String(one) < String(other) ? -1 : 1));
}

test("the HTTP API and the page's charts are equal with and without a history", async () => {
  const process = await clocked();
  const [alone, recorded] = [process.live, process.both].map(
    (all) => new RecentSource({ recent: () => process.live, all: () => all, older: () => process.stored }),
  );
  const expressions = [
    "rate(work_total[1m])",
    "sum_over_time(level[30s])",
    "rate(native[45s])",
    "wait_count",
  ];
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 13; i++) {
      await process.collect((i * 7 + round) % 6);
      process.advance(5);
    }
    // While a write happens, and after it.
    const stored = process.store();
    const { now } = process;
    expect(await served(recorded!, expressions, now)).toEqual(await served(alone!, expressions, now));
    const shown = await charts(alone!, now * 1_000);
    expect(JSON.stringify(shown)).toMatch(/"id":"rate".*"id":"quantiles"/);
    expect(await charts(recorded!, now * 1_000)).toEqual(shown);
    await stored;
    expect(await served(recorded!, expressions, now)).toEqual(await served(alone!, expressions, now));
  }
  await process.close();
});

test("windows across the beginning of memory have the stored samples before it, also of ended series", async () => {
  const process = await clocked();
  for (let i = 0; i < 130; i++) {
    process.advance(45);
    // Later, only the store has seen it.
    if (i === 25) process.end();
    await process.collect(i % 5);
    if (i % 2 === 1) await process.store();
  }
  const reference = await joinedSamples(process.stored, process.live);
  const { now } = process;
  expect(process.live.beginUnixMillis).toBeGreaterThan((process.begin + 1_800) * 1_000);
  const compared: unknown[] = [];
  for (const metric of [...METRICS, "gone_total"])
    for (const name of [
      "rate",
      "increase",
      "delta",
      "avg_over_time",
      "max_over_time",
      "last_over_time",
      "quantile_over_time",
    ] as const)
      for (const minutes of [7, 90]) {
        const expression = callOf(name, metric, minutes * 60, false);
        const steps = { from: process.begin + 600, to: now, step: 290, lookback: 60 };
        const [expected, actual] = await Promise.all(
          [reference, process.both].map((source) => outcome(queryRange(expression, { source, ...steps }))),
        );
        expect([expression, differenceOf(expected!, actual!)]).toEqual([expression, undefined]);
        if (expected !== undefined && "series" in expected && expected.series.length > 0)
          compared.push(metric);
      }
  expect(compared).toEqual(expect.arrayContaining([...METRICS, "gone_total"]));
  await process.close();
});

test("a window within memory has no stored samples of series in memory, also if it has no collection", async () => {
  const process = await clocked();
  for (let i = 0; i < 3; i++) {
    await process.collect(1);
    process.advance(2);
  }
  await process.store();
  const countsOf = async (seconds: number): Promise<unknown> =>
    await query(`count_over_time(work_total[${seconds}s])`, { source: process.both, time: process.now });
  expect(await countsOf(1)).toMatchObject({ series: [] });
  expect(await countsOf(5)).toMatchObject({ series: [{ value: 2 }] });
  await process.close();
});

/** Stored samples before the first in memory, series by series, and then those in memory. */
async function joinedSamples(stored: Source, live: Source): Promise<Source> {
  const all = { matchers: [], from: 0, to: 1e15 };
  const series = new Map<string, SampleSeries>();
  for await (const each of live.select(all)) series.set(JSON.stringify(each.labels), each);
  for await (const each of stored.select(all)) {
    const key = JSON.stringify(each.labels);
    const newer = series.get(key);
    if (newer === undefined) series.set(key, each);
    else {
      const kept = each.times.findIndex((time) => time >= newer.times[0]!);
      series.set(key, joinedSeries({ ...each, times: each.times.subarray(0, kept) }, newer));
    }
  }
  return {
    async *select({ matchers }) {
      const isSelected = labelsTest(matchers);
      for (const each of series.values()) if (isSelected(each.labels)) yield each;
    },
  };
}

test("results with and without a history are equal at any moment after the start", async () => {
  let filled = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 40, maxLength: 40 }), async (moments) => {
      const process = await clocked();
      await process.collect(1);
      let stored = Promise.resolve();
      for (const { seconds, value, isStored, isAwaited, isRange, isFromZero, ...asked } of moments) {
        process.advance(seconds);
        await process.collect(value);
        process.advance(1);
        if (isStored) stored = stored.then(() => process.store());
        if (isAwaited) await stored;
        const { begin, now } = process;
        for (const name of [asked.name, "rate"] as const) {
          const expression = callOf(name, asked.metric, asked.window, asked.isSubquery);
          const answer = async (source: typeof process.both | typeof process.live) =>
            inOrder(
              await outcome(
                isRange
                  ? queryRange(expression, {
                      source,
                      from: begin,
                      to: now,
                      step: 10,
                      lookback: 60,
                      isFromZero,
                    })
                  : query(expression, { source, time: now, lookback: 60, isFromZero }),
              ),
            );
          const [alone, both] = [await answer(process.live), await answer(process.both)];
          expect([expression, differenceOf(alone, both)]).toEqual([expression, undefined]);
          if ("series" in alone && alone.series.length > 0) filled++;
        }
      }
      await stored;
      await process.close();
      vi.useRealTimers();
    }),
    { numRuns: isLong ? 500 : 4 },
  );
  expect(filled).toBeGreaterThan(100);
});
