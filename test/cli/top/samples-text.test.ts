import fc from "fast-check";
import { metrics } from "@opentelemetry/api";
import { renderPrometheus } from "tachymeter/prometheus";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { samplesIn } from "../../../src/cli/top/watched/samples-text.ts";
import { ScrapedSamples } from "../../../src/cli/top/watched/scraped-samples.ts";
import { query } from "../../../src/query/index.ts";
import { PullReader } from "../../kit/pull-reader.ts";
import { runs } from "../../kit/test-length.ts";

test("samples have their names, labels and values", () => {
  const text = `# HELP a the a
# TYPE a counter
a_total 3
a_total{x="1", y="b\\"c\\\\d\\n"} 4.5 1700000000000
b{le="+Inf",} +Inf # {trace_id="1"} 2
{"dotted.name","a label"="v"} NaN
c{empty=""} -Inf
`;
  expect([...samplesIn(text)]).toEqual([
    { labels: { __name__: "a_total" }, value: 3, isCumulative: true },
    { labels: { __name__: "a_total", x: "1", y: 'b"c\\d\n' }, value: 4.5, isCumulative: true },
    { labels: { __name__: "b", le: "+Inf" }, value: Infinity, isCumulative: false },
    { labels: { __name__: "dotted.name", "a label": "v" }, value: NaN, isCumulative: false },
    { labels: { __name__: "c" }, value: -Infinity, isCumulative: false },
  ]);
});

test.each(["<html>", "a{", 'a{x="1', "a{x=1} 2", "a", "a{} x", "{} 1", '{"a" 1', ""])(
  "%j has no sample",
  (line) => {
    expect([...samplesIn(line)]).toEqual([]);
  },
);

test("what the Prometheus reader writes is read back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary" }),
      fc.double({ min: 0, noNaN: true }),
      async (text, value) => {
        const reader = new PullReader();
        const provider = new MeterProvider({ readers: [reader] });
        provider.getMeter("m").createGauge("depth").record(value, { queue: text });
        const { resourceMetrics } = await reader.collect();
        const found = [...samplesIn(renderPrometheus(resourceMetrics))].find(
          ({ labels }) => labels["__name__"] === "depth",
        );
        expect(found?.value).toBe(value);
        expect(found?.labels["queue"] ?? "").toBe(text);
      },
    ),
    { numRuns: runs(10) },
  );
  metrics.disable();
});

test("a series that a scrape lacks has ended", async () => {
  const samples = new ScrapedSamples();
  samples.add(samplesIn('a{x="1"} 1\na{x="2"} 2\n'), 1_000);
  samples.add(samplesIn('a{x="1"} 3\n'), 2_000);
  const at = async (time: number): Promise<unknown> => {
    const result = await query("sum(a)", { source: samples, time });
    return result.kind === "vector" ? result.series[0]?.value : undefined;
  };
  expect([await at(1), await at(2), await at(100)]).toEqual([3, 3, 3]);
  samples.add(samplesIn(""), 3_000);
  expect(await at(3)).toBeUndefined();
});

test("samples older than an hour are dropped, and times ascend if the clock is set back", async () => {
  const samples = new ScrapedSamples();
  const timesOf = async (): Promise<readonly number[]> => {
    const selection = {
      matchers: [{ label: "__name__", operator: "=", value: "a" } as const],
      from: 0,
      to: 1e13,
    };
    const times: number[] = [];
    for await (const series of samples.select(selection)) times.push(...series.times);
    return times;
  };
  for (const time of [1_000, 2_000, 500, 3_601_500]) samples.add(samplesIn("a 1\n"), time);
  expect(await timesOf()).toEqual([2_000, 2_001, 3_601_500]);
});
