// Texts of clients, of any length: they are read in linear time. If a pattern can match a text in several ways, it may take
// minutes or longer.
import { expect, onTestFinished, test } from "vitest";
import { query, queryRange } from "tachymeter/query";
import { numberFrom } from "../../src/alerts/templates/humanize.ts";
import { bucketBound } from "../../src/query/histograms/classic-buckets.ts";
import { durationFrom, timeFrom } from "../../src/query/http/parameters.ts";
import { parse } from "../../src/query/syntax/parse.ts";
import { seriesFrom } from "../../src/testing/rule-tests/series-notation.ts";
import { countedTurns } from "../kit/counted-turns.ts";
import { processorMicros } from "../kit/processor-time.ts";
import { MemorySource } from "./kit/memory-source.ts";

const DIGITS = "1".repeat(200_000);

test.each<[string, () => unknown]>([
  ["a metric `fill` before a comment", () => parse(`a + fill ${"#".repeat(9_000)}`)],
  ["a time", () => timeFrom(new URLSearchParams({ time: `${DIGITS}x` }), "time")],
  ["a duration", () => durationFrom(new URLSearchParams({ step: `${DIGITS}x` }), "step")],
  ["the bound of a bucket", () => bucketBound(`${DIGITS}x`)],
  ["a hexadecimal bound of a bucket", () => bucketBound(`0x${DIGITS}x`)],
  ["a number in a template", () => numberFrom(`${DIGITS}x`)],
  ["a value in a test of rules", () => seriesFrom("x", `${DIGITS}y`, 1_000)],
])("%s is read or refused in linear time", (_, read) => {
  const before = process.cpuUsage();
  try {
    read();
  } catch {
    // Most are invalid.
  }
  expect(processorMicros(before)).toBeLessThan(1e6);
});

test("comments and lines may stand between `fill` and its number", () => {
  const text = "a + on (b) fill # first ( comment\n# second\r\n (0) c";
  expect(parse(text, { experimental: true })).toMatchObject({ matching: { fill: { left: 0, right: 0 } } });
  expect(parse("a + fill # (0)")).toMatchObject({ right: { name: "fill" } });
});

test("the names of labels in one expression do not change the results of another", async () => {
  const source = new MemorySource(
    ["one", "two"].map((job) => ({
      labels: { __name__: "x", job, instance: "i" },
      times: Float64Array.of(0),
      values: Float64Array.of(1),
    })),
  );
  await query(String.raw`sum by ("instance\x00job") (x)`, { source, time: 0 });
  const result = await query("sum by (instance, job) (x)", { source, time: 0 });
  if (result.kind !== "vector") throw new TypeError("not a vector");
  expect(result.series.map(({ labels }) => labels)).toEqual([
    { instance: "i", job: "one" },
    { instance: "i", job: "two" },
  ]);
});

test("sort_by_label of long texts is done in slices", async () => {
  const numbers = { a: "0a00a".repeat(800), b: "00a0a".repeat(800) };
  const source = new MemorySource(
    Array.from({ length: 500 }, (_, n) => ({
      labels: { __name__: "x", z: n % 2 === 0 ? numbers.a : numbers.b, n: String(n) },
      times: Float64Array.of(0),
      values: Float64Array.of(1),
    })),
  );
  const turns = countedTurns();
  const result = await query('sort_by_label(x, "z")', { source, time: 0, experimental: true });
  const count = turns();
  if (result.kind !== "vector") throw new TypeError("not a vector");
  expect(new Set(result.series.slice(0, 250).map(({ labels }) => labels["z"]))).toEqual(new Set([numbers.b]));
  expect(count).toBeGreaterThan(100);
});

test("an anchored range of many samples is returned whole", async () => {
  const times = Float64Array.from({ length: 200_000 }, (_, i) => 1_000 * i);
  const source = new MemorySource([{ labels: { __name__: "x" }, times, values: times }]);
  const result = await query("x[199990s] anchored", { source, time: 199_999, experimental: true });
  if (result.kind !== "matrix") throw new TypeError("not a matrix");
  const [series] = result.series;
  expect(series?.times.length).toBeGreaterThan(199_990);
  expect(series?.values.at(-1)).toBe(199_999_000);
});

test("quantiles that change from step to step are held within the limit of samples", async () => {
  const labels = (n: number, le: string) => ({ __name__: "h", n: String(n), le });
  const source = new MemorySource(
    Array.from({ length: 20 }, (_, i) => ({
      labels: labels(i >> 1, i % 2 === 0 ? "1" : "+Inf"),
      times: Float64Array.of(0),
      values: Float64Array.of(5),
    })),
  );
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }, 1);
  onTestFinished(() => clearInterval(watch));
  const before = process.memoryUsage().arrayBuffers;
  const asked = queryRange('histogram_quantiles(last_over_time(h[1d]), "q", time() / 1e10)', {
    source,
    from: 0,
    to: 3_000,
    step: 1,
    maxSamples: 200_000,
    experimental: true,
  });
  await expect(asked).rejects.toThrow("too many samples");
  expect((most - before) / 2 ** 20).toBeLessThan(200);
});
