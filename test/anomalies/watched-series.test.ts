import { expect, test } from "vitest";
import {
  examined,
  expressionsFor,
  type SeriesDetector,
  type WatchedSeries,
  watchedSeries,
} from "../../src/anomalies/parts.ts";
import { parse, type SampleSeries, type Source } from "../../src/query/index.ts";

test("each type of metric has its expressions, which are valid", () => {
  const metadata = [
    { name: "messages_sent_total", type: "counter" },
    { name: "message_queue_size", type: "gauge" },
    { name: "http_server_request_duration_seconds", type: "histogram" },
    { name: "target_info", type: "info" },
    { name: "shop_orders_total", type: "counter" },
  ];
  const found = expressionsFor(metadata, 240);
  expect(found.map(({ metric, kind }) => `${kind} of ${metric}`)).toEqual([
    "rate of http_server_request_duration_seconds",
    "mean of http_server_request_duration_seconds",
    "p99 of http_server_request_duration_seconds",
    "rate of messages_sent_total",
    "value of message_queue_size",
  ]);
  for (const { expression } of found) expect(() => parse(expression)).not.toThrow();
  expect(found[3]?.expression).toBe("rate(messages_sent_total[4m])");
});

test("selected metrics come first, then requests, messages, queues, commands, coordination, runtime and host", () => {
  const names = [
    "system_cpu_utilization_ratio",
    "nodejs_eventloop_utilization_ratio",
    "coordination_active_nodes",
    "commands_executed",
    "message_queue_size",
    "messages_sent",
    "http_server_active_requests",
    "shop_orders",
  ];
  const metadata = names.map((name) => ({ name, type: "gauge" }));
  const selected = [
    { name: "shop_orders", matchers: [] },
    { name: "coordination_active_nodes", matchers: [] },
  ];
  const found = expressionsFor(metadata, 240, { selected });
  expect(found.map(({ metric, rank }) => [metric, rank])).toEqual([
    ["shop_orders", 0],
    ["coordination_active_nodes", 0],
    ["http_server_active_requests", 1],
    ["messages_sent", 2],
    ["message_queue_size", 3],
    ["commands_executed", 4],
    ["nodejs_eventloop_utilization_ratio", 6],
    ["system_cpu_utilization_ratio", 7],
  ]);
  const alone = expressionsFor(metadata, 240, { selected, withDefaults: false });
  expect(alone.map(({ metric }) => metric)).toEqual(["shop_orders", "coordination_active_nodes"]);
});

const STEP = 60;

// Counters that grow by 60 a minute, one for each of the shops.
function shops(count: number, minutes: number): Source {
  return {
    async *select({ matchers }): AsyncGenerator<SampleSeries> {
      const name = matchers.find(({ label }) => label === "__name__")?.value ?? "";
      for (let shop = 0; shop < count; shop++) {
        const times = new Float64Array(minutes).map((_, i) => i * STEP * 1_000);
        yield {
          labels: { __name__: name, shop: `${shop}` },
          times,
          values: times.map((time) => time / 1_000),
        };
      }
    },
  };
}

async function collected(series: AsyncIterable<WatchedSeries>): Promise<readonly WatchedSeries[]> {
  const found: WatchedSeries[] = [];
  for await (const each of series) found.push(each);
  return found;
}

const rates = expressionsFor(
  ["messages_sent_total", "messages_received_total"].map((name) => ({ name, type: "counter" })),
  4 * STEP,
);

test("series have values at equal distances, NaN before the first rate", async () => {
  const [first] = await collected(
    watchedSeries(shops(1, 100), rates, { from: 0, to: 99 * STEP, step: STEP }),
  );
  expect(first).toMatchObject({ metric: "messages_sent_total", kind: "rate", labels: { shop: "0" } });
  expect(first?.times).toHaveLength(100);
  expect(first?.values[0]).toBeNaN();
  expect(first?.values[50]).toBeCloseTo(1, 9);
});

test("at most the allowed number of series is read, over all expressions", async () => {
  const range = { from: 0, to: 20 * STEP, step: STEP, maxSeries: 5 };
  const found = await collected(watchedSeries(shops(3, 30), rates, range));
  expect(found.map(({ metric, labels }) => `${metric} ${labels["shop"]}`)).toEqual([
    "messages_sent_total 0",
    "messages_sent_total 1",
    "messages_sent_total 2",
    "messages_received_total 0",
    "messages_received_total 1",
  ]);
});

test("a range of more steps than one query may have is read in parts", async () => {
  const minutes = 25_000;
  const [first] = await collected(
    watchedSeries(shops(1, minutes), rates, { from: 0, to: (minutes - 1) * STEP, step: STEP, maxSeries: 1 }),
  );
  expect(first?.values.subarray(10).every((value) => Math.abs(value - 1) < 1e-9)).toBe(true);
  const huge = watchedSeries(shops(1, 1), rates, { from: 0, to: 2e9, step: 1 });
  await expect(collected(huge)).rejects.toThrow(/more than 1000000 steps/);
});

test("unusual values that are close to each other are one range, with the highest score and the first value", () => {
  const values = new Float64Array(100).map((_, i) => ([20, 21, 24, 60].includes(i) ? i : 0));
  values[50] = Number.NaN;
  const times = values.map((_, i) => 1_000 + i * STEP);
  const detector: SeriesDetector = {
    push: (time, value) =>
      time < 1_000 + 10 * STEP
        ? undefined
        : { score: value / 100, anomalous: value > 0, expected: [0, 1], detector: "level" },
  };
  const steps = examined({ times, values }, detector, "all");
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { ranges, days } = step.value;
  expect(ranges).toEqual([
    { from: times[20], to: times[24], detector: "level", score: 0.24, actual: 20, expected: [0, 1] },
    { from: times[60], to: times[60], detector: "level", score: 0.6, actual: 60, expected: [0, 1] },
  ]);
  // 10 of warm-up and one missing.
  expect(days).toBeCloseTo((89 * STEP) / 86_400, 9);
});
