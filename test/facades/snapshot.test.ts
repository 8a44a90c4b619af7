import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import {
  labelNameFromKey,
  metricNameFromName,
  snapshotNumber,
} from "../../src/translation/snapshot-document.ts";
import { snapshotMetrics } from "../kit/snapshot-metrics.ts";
import { gauge, resourceMetrics, scope } from "../readers/resource-metrics.ts";

function seriesOf(attributes: Attributes): [key: string, labels: unknown][] {
  const metrics = snapshotMetrics(resourceMetrics([scope("s", [gauge({ name: "up" }, [attributes, 1])])]));
  return Object.entries(metrics).map(([key, { labels }]) => [key, labels]);
}

test("a series is keyed by its name and its sorted, escaped labels", () => {
  expect(seriesOf({})).toEqual([["up", {}]]);
  expect(seriesOf({ b: 1, a: 'x"\\\n' })).toEqual([['up{a="x\\"\\\\\\n",b="1"}', { b: 1, a: 'x"\\\n' }]]);
});

test("names become Prometheus names", () => {
  expect(labelNameFromKey("http.request-size:1")).toBe("http_request_size_1");
  expect(labelNameFromKey("5xx")).toBe("_5xx");
  expect(metricNameFromName("app:jobs.done/ok-1")).toBe("app:jobs_done_ok_1");
});

test("labels keep scalar values, hold others as strings, and join values whose names become equal", () => {
  const attributes = { n: 200, yes: true, list: ["a", "b"], no: undefined, "a.b": 1, a_b: "2", "a-b": false };
  expect(seriesOf(attributes)[0]?.[1]).toEqual({
    n: 200,
    yes: true,
    list: '["a","b"]',
    a_b: "false;1;2",
  });
  expect(seriesOf({ nan: NaN, huge: Infinity, constructor: "c" })[0]?.[1]).toEqual({
    nan: "NaN",
    huge: "Infinity",
    constructor: "c",
  });
});

test("numbers that JSON cannot represent are written as in Prometheus", () => {
  expect([1.5, NaN, Infinity, -Infinity].map(snapshotNumber)).toEqual([1.5, "NaN", "+Inf", "-Inf"]);
});
