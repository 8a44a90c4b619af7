import { expect, test } from "vitest";
import {
  labelNameFromKey,
  labelsFromAttributes,
  metricNameFromName,
  seriesKey,
  snapshotNumber,
} from "../../src/translation/snapshot-document.ts";

test("a series is keyed by its name and its sorted, escaped labels", () => {
  expect(seriesKey("up", {})).toBe("up");
  expect(seriesKey("up", { b: 1, a: 'x"\\\n' })).toBe('up{a="x\\"\\\\\\n",b="1"}');
});

test("names become Prometheus names", () => {
  expect(labelNameFromKey("http.request-size:1")).toBe("http_request_size_1");
  expect(labelNameFromKey("5xx")).toBe("_5xx");
  expect(metricNameFromName("app:jobs.done/ok-1")).toBe("app:jobs_done_ok_1");
});

test("labels keep scalar values, hold others as text, and join values whose names become one", () => {
  const attributes = { n: 200, yes: true, list: ["a", "b"], no: undefined, "a.b": 1, a_b: "2", "a-b": false };
  expect(labelsFromAttributes(attributes)).toEqual({
    n: 200,
    yes: true,
    list: '["a","b"]',
    a_b: "false;1;2",
  });
  expect(labelsFromAttributes({ nan: NaN, huge: Infinity, constructor: "c" })).toEqual({
    nan: "NaN",
    huge: "Infinity",
    constructor: "c",
  });
});

test("numbers that JSON cannot hold become Prometheus' words for them", () => {
  expect([1.5, NaN, Infinity, -Infinity].map(snapshotNumber)).toEqual([1.5, "NaN", "+Inf", "-Inf"]);
});
