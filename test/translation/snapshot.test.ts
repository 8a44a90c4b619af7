import fc from "fast-check";
import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { snapshotMetrics } from "../kit/snapshot-metrics.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { seriesKey } from "../kit/series-key.ts";
import { parseText } from "../readers/prometheus/text/parse-text.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from "../readers/resource-metrics.ts";

test("series are keyed by Prometheus name and sorted labels, and labels keep their types", async () => {
  const { provider, collect } = collectingProvider();
  const meter = provider.getMeter("shop", "1.4.0");
  meter
    .createCounter("messages.sent", { unit: "{message}" })
    .add(3, { urgent: true, "messaging.destination.name": "jobs", priority: 7 });
  meter.createGauge("temperature", { unit: "Cel" }).record(21.5);
  const before = Date.now() / 1_000;
  const metrics = snapshotMetrics(await collect());
  expect(metrics).toEqual({
    'messages_sent_total{messaging_destination_name="jobs",priority="7",urgent="true"}': {
      value: 3,
      labels: { messaging_destination_name: "jobs", priority: 7, urgent: true },
      timestamp: expect.any(Number),
    },
    temperature_celsius: { value: 21.5, labels: {}, timestamp: expect.any(Number) },
  });
  expect(Math.abs(metrics["temperature_celsius"]!.timestamp - before)).toBeLessThan(5);
});

test("numbers that JSON cannot represent are written in Prometheus' words", () => {
  const points = [Number.NaN, Infinity, -Infinity, 0.5].map((value, i): [{ i: number }, number] => [
    { i },
    value,
  ]);
  const metrics = snapshotMetrics(resourceMetrics([scope("s", [gauge({ name: "g" }, ...points)])]));
  expect(Object.values(metrics).map(({ value }) => value)).toEqual(["NaN", "+Inf", "-Inf", 0.5]);
});

test("a histogram has its cumulative buckets, +Inf last, and null for missing values", () => {
  const metrics = resourceMetrics([scope("s", [histogram({ name: "h" }, [0.5, 1, 10], [1, 0, 2, 1])])]);
  const { value, timestamp } = snapshotMetrics(metrics)["h"]!;
  expect(value).toEqual({
    count: 4,
    sum: 0,
    min: null,
    max: null,
    buckets: { "0.5": 1, "1": 1, "10": 3, "+Inf": 4 },
  });
  expect(Object.keys(Object(value).buckets).at(-1)).toBe("+Inf");
  expect(timestamp).toBe(1.5);
});

test("an exponential histogram has the same buckets as the text", () => {
  const metrics = resourceMetrics([
    scope("s", [
      exponentialHistogram(
        { name: "e" },
        {
          count: 7,
          sum: 12,
          min: -4,
          max: 8,
          scale: 0,
          zeroCount: 1,
          positive: { offset: 0, bucketCounts: [2, 0, 3] },
          negative: { offset: 1, bucketCounts: [1] },
        },
      ),
    ]),
  ]);
  expect(snapshotMetrics(metrics)["e"]!.value).toEqual({
    count: 7,
    sum: 12,
    min: -4,
    max: 8,
    buckets: { "-4": 0, "-2": 1, "0": 2, "1": 2, "2": 4, "4": 4, "8": 7, "+Inf": 7 },
  });
  const shown = parseText(renderPrometheus(metrics)).samples.filter(({ name }) => name === "e_bucket");
  expect(Object.fromEntries(shown.map((sample) => [sample.labels["le"], sample.value]))).toEqual(
    Object(snapshotMetrics(metrics)["e"]!.value).buckets,
  );
});

test("if series of two scopes have one key, the later one gets the label otel_scope_name", () => {
  const jobs = (value: number) => counter({ name: "jobs" }, [{ kind: "mail" }, value]);
  const metrics = resourceMetrics([scope("one", [jobs(1)]), scope("two", [jobs(2)])], {
    "service.name": "x",
  });
  expect(snapshotMetrics(metrics)).toEqual({
    'jobs_total{kind="mail"}': { value: 1, labels: { kind: "mail" }, timestamp: 1.5 },
    'jobs_total{kind="mail",otel_scope_name="two"}': {
      value: 2,
      labels: { kind: "mail", otel_scope_name: "two" },
      timestamp: 1.5,
    },
  });
});

test("every key consists of a name and labels as used everywhere", () => {
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean());
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (attributes) => {
      const metrics = snapshotMetrics(resourceMetrics([scope("s", [gauge({ name: "g" }, [attributes, 1])])]));
      for (const [key, { labels }] of Object.entries(metrics)) expect(key).toBe(seriesKey("g", labels));
    }),
  );
});
