// Live samples beside those of a history, which are further apart.
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { AggregationType } from "tachymeter/metrics";
import { afterEach, expect, test, vi } from "vitest";
import { HistoryExporter } from "../../../src/history/parts.ts";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import { FUNCTION_NAMES, type FunctionName, FUNCTIONS } from "../../../src/query/function-signatures.ts";
import { JoinedSource } from "../../../src/query/joined-source.ts";
import type { QueryError } from "../../../src/query/query-error.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import { outcome } from "../../history/windows/compared.ts";
import { differenceOf } from "../../history/windows/same-result.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { PullReader } from "../../kit/pull-reader.ts";
import { isLong } from "../../kit/test-length.ts";
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
  const exporter = new HistoryExporter(history);
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
  let level: number | undefined;
  meter.createObservableGauge("level").addCallback((result) => {
    if (level !== undefined) result.observe(level);
  });
  const own = { instance: "1", service: "shop", sinceUnixMillis: begin * 1_000 };
  let now = begin;
  return {
    begin,
    live: columns,
    close: () => history.close(),
    both: new JoinedSource(history.viewed({ translation: TRANSLATION, own }), columns),
    get now() {
      return now;
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
  const args = FUNCTIONS[name].args.map((type) =>
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
