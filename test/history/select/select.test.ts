import { join } from "node:path";
import { History } from "tachymeter/history";
import { AggregationType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { select } from "../../../src/history/select/select.ts";
import { packedSelection, unpackedSelection } from "../../../src/history/select/packed-series.ts";
import { query } from "../../../src/query/evaluation/query.ts";
import type { Matcher, SampleSeries } from "../../../src/query/source.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { fillHistory } from "../filled-history.ts";
import { filledStore, type GivenProcess, INTERVAL_MILLIS } from "../query/filled-store.ts";

test("a number is one series under the name of Prometheus, with the labels of its scope", () => {
  const [series] = selected([process([{ type: "counter", metric: "sent", cells: [1, 2, 4] }])], "sent_total");
  expect(series?.labels).toEqual({ __name__: "sent_total", otel_scope_name: "test" });
  expect(samplesOf(series)).toEqual([
    [0, 1],
    [10_000, 2],
    [20_000, 4],
  ]);
});

test("a histogram with bounds is a series for each bucket, the sum and the count", () => {
  const processes = [process([{ type: "histogram", metric: "d", bounds: [0.5, 1], cells: [[3, 2, 1, 4]] }])];
  const found = (pattern: string): unknown =>
    selected(processes, pattern, "=~").map(({ labels, values }) =>
      [labels["__name__"], labels["le"]].concat(Array.from(values, String)),
    );
  expect(found(".+")).toEqual([
    ["d_bucket", "0.5", "2"],
    ["d_bucket", "1.0", "3"],
    ["d_bucket", "+Inf", "7"],
    ["d_sum", undefined, "3"],
    ["d_count", undefined, "7"],
  ]);
  expect(found("d_count")).toEqual([["d_count", undefined, "7"]]);
  expect(found("d")).toEqual([]);
});

test("matchers apply to labels, to bounds of buckets and to missing labels", () => {
  const series = ["a", "b"].map((room) => ({
    type: "histogram" as const,
    metric: "d",
    bounds: [1],
    attributes: { room },
    cells: [[1, 1, 0]],
  }));
  const count = (...matchers: Matcher[]): number =>
    select(filledStore(process(series)), { matchers, from: 0, to: 1e6 }).series.length;
  expect(count({ label: "room", operator: "=", value: "a" })).toBe(4);
  expect(count({ label: "le", operator: "=", value: "1.0" })).toBe(2);
  expect(count({ label: "le", operator: "=", value: "" })).toBe(4);
  expect(count({ label: "room", operator: "!~", value: "a|b" })).toBe(0);
  expect(count({ label: "floor", operator: "!=", value: "" })).toBe(0);
});

test("a series that ends has a stale marker one interval later, and so has a gap", () => {
  const cells = [1, 2, undefined, undefined, undefined, 6, 7, undefined, undefined, undefined];
  const other = { metric: "other", cells: cells.map((_, i) => i) };
  const [series] = selected([process([{ metric: "m", cells }, other])], "m");
  expect(samplesOf(series)).toEqual([
    [0, 1],
    [10_000, 2],
    [20_000, "stale"],
    [50_000, 6],
    [60_000, 7],
    [70_000, "stale"],
  ]);
});

test("a series has not ended because its interval has become longer, but still ends after a gap", () => {
  const seconds = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 150, 210, 270, 330, 530, 590];
  const times = seconds.map((second) => 1_000 * second);
  const [series] = selected([{ times, series: [{ metric: "m", cells: times }] }], "m");
  const stale = Array.from(series?.times ?? []).filter((_, i) => series?.stale?.[i] === 1);
  expect(stale).toEqual([390_000]);
});

test("processes that follow each other are one series, and those at the same time are separate", () => {
  const of = (instance: string, times: readonly number[]): GivenProcess => ({
    resource: { "service.instance.id": instance },
    times,
    series: [{ metric: "m", cells: times.map((time) => time / 1_000) }],
  });
  expect(selected([of("a", [0, 10_000]), of("b", [20_000, 30_000])], "m").map(samplesOf)).toEqual([
    [
      [0, 0],
      [10_000, 10],
      [20_000, 20],
      [30_000, 30],
    ],
  ]);
  const together = selected([of("a", [0, 10_000]), of("b", [5_000, 15_000])], "m");
  expect(together.map(({ labels }) => labels["service_instance_id"])).toEqual(["a", "b"]);
});

test("the first of two metrics with one name in Prometheus is selected", () => {
  const series = [
    { type: "counter", metric: "sent", cells: [1] },
    { type: "gauge", metric: "sent_total", cells: [2] },
  ] as const;
  expect(selected([process(series)], "sent_total").map(samplesOf)).toEqual([[[0, 1]]]);
});

test("an exponential histogram is one series of native histograms", async () => {
  const path = join(newFolder("native"), "tachymeter.db");
  const [from, interval] = [1_790_000_000, 10];
  await fillHistory({
    path,
    from,
    to: from + 900,
    interval,
    views: [{ instrumentName: "latency", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    record(provider) {
      const latency = provider.getMeter("shop").createHistogram("latency", { unit: "s" });
      return () => {
        for (const value of [0.1, 0.2, 0.4, 3, 0]) latency.record(value, { route: "/" });
      };
    },
  });
  await using history = await History.open({ path, readOnly: true });
  const valueOf = async (expression: string): Promise<unknown> => {
    const result = await query(expression, { source: history, time: from + 900 });
    return result.kind === "vector" ? result.series.map(({ value }) => value) : undefined;
  };
  expect(await valueOf("histogram_count(latency_seconds)")).toEqual([5 * 91]);
  expect(await valueOf("histogram_sum(latency_seconds)")).toEqual([expect.closeTo(3.7 * 91, 6)]);
  expect(await valueOf('count by (route) (latency_seconds{route="/"})')).toEqual([1]);
  expect(await valueOf("rate(histogram_count(latency_seconds)[5m:10s])")).toEqual([expect.closeTo(0.5, 9)]);
  const [median, low] = [
    await valueOf("histogram_quantile(0.5, rate(latency_seconds[5m]))"),
    await valueOf("histogram_fraction(-1, 0.3, rate(latency_seconds[5m]))"),
  ];
  expect(median).toEqual([expect.closeTo(0.2, 1)]);
  expect(low).toEqual([expect.closeTo(0.6, 6)]);
});

test("a selection survives the way between threads", () => {
  const cells = [1, 2, undefined, undefined, undefined, 6];
  const found = select(
    filledStore(
      process([
        { metric: "m", cells },
        { metric: "n", cells },
      ]),
    ),
    {
      matchers: [{ label: "__name__", operator: "=~", value: ".+" }],
      from: 0,
      to: 1e6,
    },
  );
  const again = [...unpackedSelection(structuredClone(packedSelection(found)))];
  expect(again.map(samplesOf)).toEqual(found.series.map(({ samples }) => samplesOf(samples)));
  expect(again.map(({ labels }) => labels)).toEqual(found.series.map(({ labels }) => labels));
});

test("a selection that is pending while the history is closed is completed", async () => {
  for (const path of [":memory:", join(newFolder("closing"), "tachymeter.db")]) {
    const history = await History.open({ path });
    const selection = { matchers: [{ label: "a", operator: "=~" as const, value: "b|c" }], from: 0, to: 1 };
    const pending = history.select(selection).next();
    const closed = history.close();
    await expect(pending).resolves.toEqual({ done: true, value: undefined });
    await closed;
  }
});

test("an aborted selection ends with the reason of the signal", async () => {
  await using history = await History.open({ path: join(newFolder("aborted"), "tachymeter.db") });
  const reason = new Error("enough");
  const selection = { matchers: [], from: 0, to: 1, signal: AbortSignal.abort(reason) };
  await expect(history.select(selection).next()).rejects.toBe(reason);
});

function process(series: GivenProcess["series"]): GivenProcess {
  const count = Math.max(...series.map(({ cells }) => cells.length));
  return { times: Array.from({ length: count }, (_, i) => i * INTERVAL_MILLIS), series };
}

function selected(
  processes: readonly GivenProcess[],
  name: string,
  operator: Matcher["operator"] = "=",
): readonly SampleSeries[] {
  const matchers = [{ label: "__name__", operator, value: name }];
  return select(filledStore(...processes), { matchers, from: 0, to: 1e6 }).series.flatMap(
    ({ samples }) => samples ?? [],
  );
}

function samplesOf(series: SampleSeries | undefined): unknown {
  if (series === undefined) return undefined;
  return Array.from(series.times, (time, i) => [time, series.stale?.[i] === 1 ? "stale" : series.values[i]]);
}
