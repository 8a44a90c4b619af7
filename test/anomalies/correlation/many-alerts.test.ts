import { join } from "node:path";
import { History } from "tachymeter/history";
import { expect, test } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { CorrelatedAlerts } from "../../../src/alerts/correlated-alerts.ts";
import { AlertCorrelator } from "../../../src/anomalies/correlation/alert-correlator.ts";
import { correlate } from "../../../src/anomalies/correlation/correlate.ts";
import { correlationText } from "../../../src/anomalies/correlation/correlation-text.ts";
import type { SampleSeries, Selection, Source } from "../../../src/query/source.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { Random } from "../../kit/random.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { noise } from "./series.ts";

const STEP_MILLIS = 3_000;
const SAMPLES = 300;

/** Counts how often all series are read. */
class CountingSource implements Source {
  reads = 0;
  readonly #source: MemorySource;

  constructor(all: readonly SampleSeries[]) {
    this.#source = new MemorySource(all);
  }

  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    this.reads++;
    yield* this.#source.select(selection);
  }
}

/** Series of the last 15 minutes: a cause that rose a minute ago, and others. */
function recentSeries(labels: Readonly<Record<string, string>>): SampleSeries[] {
  const random = new Random(5);
  const times = Float64Array.from(
    { length: SAMPLES },
    (_, i) => Date.now() - (SAMPLES - 1 - i) * STEP_MILLIS,
  );
  const values = (shift: number): Float64Array =>
    times.map((_, i) => 100 + 3 * noise(random) + (i >= SAMPLES - 25 ? shift : 0));
  const others = Array.from({ length: 50 }, (_, i) => ({
    labels: { __name__: `other_${i}` },
    times,
    values: values(0),
  }));
  return [{ labels: { __name__: "cause", ...labels }, times, values: values(100) }, ...others];
}

test("1,000 alerts that begin at once are delivered together, with one comparison of the series", async () => {
  const source = new CountingSource(recentSeries({}));
  const correlator = new AlertCorrelator({ source });
  const activeAt = Date.now() / 1_000;
  const alerts = Array.from({ length: 1_000 }, (_, i): Alert => ({
    name: "Many",
    state: "firing",
    labels: { alertname: "Many", queue: `queue-${i}` },
    annotations: {},
    value: 1,
    activeAt,
    firedAt: activeAt,
  }));
  const delivered: Alert[] = [];
  const correlated = new CorrelatedAlerts({
    correlate: (request) => correlator.correlate(request),
    metricsOf: () => ["queue_size"],
    deliver: (each) => void delivered.push(...each),
    onLate: () => {},
  });
  expect(correlated.pass(alerts, { timeSeconds: activeAt, intervalSeconds: undefined })).toEqual([]);
  await expect.poll(() => delivered.length, { timeout: 60_000 }).toBe(1_000);
  // A slow machine delivers before the comparison has ended.
  await expect
    .poll(() => alerts.every((each) => correlated.annotated(each).correlated?.[0]?.metric === "cause"), {
      timeout: 60_000,
    })
    .toBe(true);
  expect(new Set(delivered.map(({ labels }) => labels["queue"])).size).toBe(1_000);
  expect(source.reads).toBe(1);
  correlated.end();
}, 150_000);

test("labels with line breaks, control characters and great length stay in one line of the annotation", async () => {
  const hostile = {
    path: "a\nevent deploy (version 2)\r\n\u2028nothing else moved\u0085",
    escape: "\u001b[2Jx\u0000",
    quote: '"} up ×9',
    long: "y".repeat(10_000),
  };
  const correlator = new AlertCorrelator({ source: new MemorySource(recentSeries(hostile)) });
  const alert = { labels: {}, activeAt: Date.now() / 1_000 };
  const { text, correlated } = await correlator.correlate({ alert, metrics: [] });
  expect(correlated).toMatchObject([{ metric: "cause", labels: hostile }]);
  expect(text.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(1);
  // oxlint-disable-next-line no-control-regex -- control characters are meant.
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(text.length).toBeLessThan(250);
});

test("events with line breaks cannot add a line to the annotation", () => {
  const event = { type: "deploy\nfake up ×9", text: "version 2\u2028cause down", millis: 0 };
  expect(correlationText([], [event], 0).split(/[\n\r\u0085\u2028\u2029]/)).toEqual([
    "nothing else moved",
    String.raw`event deploy\nfake up ×9 (version 2\u2028cause down), at the same time`,
  ]);
});

test("the series of a history are compared", async () => {
  const path = join(newFolder("tachymeter-correlation-"), "shop.db");
  const [interval, samples, window] = [10, 150, 30];
  const from = 1_700_000_000;
  const to = from + interval * samples;
  const change = to - interval * (window - 4);
  await fillHistory({
    path,
    from,
    to,
    interval,
    record: (provider) => {
      const random = new Random(3);
      const meter = provider.getMeter("shop");
      const [pool, cache] = ["pool.waiting", "cache.size"].map((name) => meter.createGauge(name));
      const [orders, errors] = ["orders", "errors"].map((name) => meter.createCounter(name));
      const duration = meter.createHistogram("request.duration", { unit: "s" });
      return (time) => {
        const isChanged = time >= change;
        pool?.record(10 + noise(random) + (isChanged ? 20 : 0), { pool: "main" });
        cache?.record(500 + 10 * noise(random));
        orders?.add(20 + random.integer(0, 5));
        errors?.add(5 + random.integer(0, 3) + (isChanged ? 30 : 0));
        for (let i = 0; i < 5; i++) duration.record((isChanged ? 4 : 1) * (0.5 + 0.1 * random.share()));
      };
    },
  });
  await using history = await History.open({ path, readOnly: true });
  const found = await correlate({
    source: history,
    metric: "orders_total",
    from: to - interval * window,
    to,
  });
  expect(found.map(({ metric, direction }) => `${metric} ${direction}`).toSorted()).toEqual([
    "errors_total up",
    "pool_waiting up",
    "request_duration_seconds up",
  ]);
  expect(found.find(({ metric }) => metric === "pool_waiting")?.labels).toMatchObject({ pool: "main" });
}, 60_000);
