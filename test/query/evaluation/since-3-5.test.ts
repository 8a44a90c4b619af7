// Results of Prometheus 3.14 that 3.5, the version in tests, does not have. Values are computed by hand.
import { describe, expect, test } from "vitest";
import { histogramText } from "../../../src/query/histograms/text.ts";
import { query, queryRange, type QueryResult } from "../../../src/query/index.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";
import { MemorySource } from "../kit/memory-source.ts";

// One sample each minute, from the first minute on.
const source = new MemorySource(
  [
    ['x{job="a"}', "3 NaN 5 7"],
    ['counter{job="a"}', "10 20 _ 40 5 15"],
    ['gauge{job="a"}', "1 3 2 8 4"],
    ['left{job="a"}', "10x5"],
    ['left{job="b"}', "20x5"],
    ['right{job="b"}', "2x5"],
    ['right{job="c"}', "4x5"],
    ['up{instance="i", job="a"}', "1x5"],
    ['up{instance="j", job="a"}', "0x5"],
    ['target_info{instance="i", job="a", version="1"}', "1 1 stale"],
    ['target_info{instance="i", job="a", version="2"}', "_ _ 1x3"],
    ['host{name="node10"}', "1x5"],
    ['host{name="node2"}', "2x5"],
    ['first{job="a"}', "1 1 stale"],
    ['second{job="a"}', "_ _ 2x3"],
    [
      'size{kind="native"}',
      "{{schema:0 count:2 sum:3 buckets:[1 1]}}+{{schema:0 count:2 sum:4 buckets:[1 1]}}x5",
    ],
    ["rise", "{{schema:0 count:1 sum:1 buckets:[1]}}+{{schema:0 count:4 sum:4 buckets:[4]}}x5"],
    ['bounds{kind="fine"}', "{{schema:-53 count:4 sum:9 custom_values:[1 2 5] buckets:[1 1 1 1]}}x5"],
    ['bounds{kind="coarse"}', "{{schema:-53 count:3 sum:6 custom_values:[2 10] buckets:[1 1 1]}}x5"],
    ['b_bucket{le="1"}', "5x5"],
    ['b_bucket{le="2"}', "3x5"],
    ['b_bucket{le="+Inf"}', "6x5"],
  ].map(([name = "", values = ""]) => seriesFrom(name, values, 60_000, 60_000)),
);
const options = { source, experimental: true };

function shown(result: QueryResult): readonly unknown[] {
  if (result.kind === "scalar") return [result.value];
  if (result.kind === "vector")
    return result.series.map(({ labels, value }) => [
      Object.values(labels).join(" "),
      typeof value === "number" ? value : histogramText(value),
    ]);
  if (result.kind === "matrix")
    return result.series.map(({ labels, values }) => [Object.values(labels).join(" "), ...values]);
  return [result.value];
}

async function at(expression: string, minute: number): Promise<readonly unknown[]> {
  return shown(await query(expression, { ...options, time: minute * 60 }));
}

async function over(expression: string, from: number, to: number, step = 1): Promise<readonly unknown[]> {
  return shown(await queryRange(expression, { ...options, from: from * 60, to: to * 60, step: step * 60 }));
}

describe("by default", () => {
  test.each([
    ["first_over_time(x[5m])", 4, [["x a", 3]]],
    // The start of a window is excluded.
    ["first_over_time(x[3m])", 4, [["x a", Number.NaN]]],
    ["first_over_time(x[2m] offset 1m)", 4, [["x a", Number.NaN]]],
    ["first_over_time(x[1m])", 6, []],
    // A step below a millisecond is that of the engine, a minute.
    ["count_over_time(gauge[3m:1ms / 10])", 4, [["a", 3]]],
    // The sum is that of the geometric middles.
    ["size </ 1", 1, [["size native", "{count:1, sum:0.7071067811865476, (0.5,1]:1}"]]],
    ["size >/ 1", 1, [["size native", "{count:1, sum:1.4142135623730951, (1,2]:1}"]]],
    ["size >/ -Inf", 1, [["size native", "{count:2, sum:3, (0.5,1]:1, (1,2]:1}"]]],
    // Custom buckets have the bounds that both have.
    ["sum(bounds)", 1, [["", "{count:7, sum:15, [-Inf,2]:3, (2,+Inf]:4}"]]],
    ["-size", 1, [["native", "{count:-2, sum:-3, (0.5,1]:-1, (1,2]:-1}"]]],
    // 8 observations in 2 minutes, and the first one 15 seconds before: not 30 seconds, as far as the range begins.
    ["histogram_count(increase(rise[150s]))", 3, [["", 8 * (1 + 15 / 120)]]],
  ])("%s at minute %d", async (expression, minute, expected) => {
    expect(await at(expression, minute)).toEqual(expected);
  });

  test("series with equal labels may follow one another", async () => {
    expect(await over('-{__name__=~"first|second"}', 1, 4)).toEqual([["a", -1, -1, -2, -2]]);
    expect(await over('label_replace({__name__=~"first|second"}, "__name__", "z", "", "")', 1, 4)).toEqual([
      ["z a", 1, 1, 2, 2],
    ]);
  });

  test("annotations have the words of Prometheus 3.14", async () => {
    const notes = async (expression: string): Promise<readonly string[]> =>
      (await queryRange(expression, { ...options, from: 60, to: 180, step: 60 })).annotations;
    expect(await notes("sum(sort(left))")).toEqual([
      "PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:5)",
    ]);
    expect(await notes("sum(bounds)")).toEqual([
      "PromQL info: mismatched custom buckets were reconciled during aggregation (1:5)",
    ]);
    expect(await notes("histogram_quantile(0.5, b_bucket)")).toEqual([
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets 2 to 2, with a max diff of 2, over 3 samples from 1970-01-01T00:01:00Z to 1970-01-01T00:03:00Z (1:25)",
    ]);
    expect(await notes("limit_ratio(2, nothing)")).toEqual([
      "PromQL warning: ratio value should be between -1 and 1, got 2, capping to 1 (1:13)",
    ]);
  });

  test.each([
    ["topk(NaN, nothing)", "Parameter value is NaN"],
    ["topk(1e300, nothing)", "Scalar value 1e+300 overflows int64"],
    // A comparison that does not hold is a match.
    ["left > on () group_left () left", "found duplicate series"],
    ["up > on (job) target_info", "many-to-one matching must be explicit"],
    ["changes(gauge[5m] smoothed)", "smoothed modifier can only be used with: delta, increase, rate"],
  ])("%s is an error", async (expression, message) => {
    await expect(at(expression, 2)).rejects.toThrow(message);
  });
});

describe("with option experimental,", () => {
  test.each([
    ["min_of(3, NaN) + max_of(1, 2)", [Number.NaN]],
    ["max_of(1, 2)", [2]],
    ["min_of(NaN, -Inf)", [-Infinity]],
    ["max_of(Inf, NaN)", [Infinity]],
    ["start() + end() + range() + step()", [480]],
    [
      "sort_by_label(host, 'name')",
      [
        ["host node2", 2],
        ["host node10", 1],
      ],
    ],
    [
      "sort_by_label_desc(host, 'name')",
      [
        ["host node10", 1],
        ["host node2", 2],
      ],
    ],
    // The median of 1, 3, 2 and 8 is 2.5, and that of the distances 1.5, 0.5, 0.5 and 5.5 is 1.
    ["mad_over_time(gauge[5m])", [["a", 1]]],
    ["ts_of_max_over_time(gauge[5m])", [["a", 240]]],
    ["ts_of_min_over_time(gauge[5m])", [["a", 60]]],
    ["ts_of_first_over_time(gauge[3m])", [["a", 120]]],
    ["ts_of_last_over_time(gauge[3m] offset 1m)", [["a", 180]]],
    [
      "histogram_quantiles(size, 'q', 0.5, 1)",
      [
        ["native 0.5", 1],
        ["native 1.0", 2],
      ],
    ],
    ["histogram_quantiles(size, 'q', -0)", [["native 0.0", 0.5]]],
    [
      "left + fill(0) right",
      [
        ["b", 22],
        ["a", 10],
        ["c", 4],
      ],
    ],
    [
      "left - fill_left(1) right",
      [
        ["b", 18],
        ["c", -3],
      ],
    ],
    [
      "left * fill_right(3) right",
      [
        ["b", 40],
        ["a", 30],
      ],
    ],
    ["count(limitk(1, left))", [["", 1]]],
    ["count(limit_ratio(0.4, left) or limit_ratio(-0.6, left))", [["", 2]]],
    ["limit_ratio(0.4, left) and limit_ratio(-0.6, left)", []],
    [
      "info(up)",
      [
        ["up i a 2", 1],
        ["up j a", 0],
      ],
    ],
    ['info(up, {version=~".+"})', [["up i a 2", 1]]],
    ['info(up offset 2m, {version=~".+"})', [["up i a 1", 1]]],
    ["count_over_time(gauge[min_of(2m, 5m)])", [["a", 2]]],
  ])("%s at minute 4", async (expression, expected) => {
    expect(await at(expression, 4)).toEqual(expected);
  });

  test.each([
    // From 20 at the start to 40 at the end.
    ["increase(counter[2m] anchored)", 4, [["a", 20]]],
    // Without a sample at the start, the last one before it counts.
    ["increase(counter[90s] anchored)", 4, [["a", 20]]],
    ["increase(counter[3m] anchored)", 6, [["a", 35]]],
    ["rate(counter[2m] anchored)", 4, [["a", 20 / 120]]],
    ["delta(gauge[2m] anchored)", 4, [["a", 5]]],
    ["changes(gauge[2m] anchored)", 4, [["a", 2]]],
    ["resets(counter[3m] anchored)", 6, [["a", 1]]],
    // Halfway between 20 and 40 at minute 3.
    ["increase(counter[1m] smoothed)", 4, [["a", 10]]],
    ["delta(gauge[1m] smoothed offset 30s)", 4, [["a", 2.5]]],
    ["gauge smoothed offset 30s", 4, [["gauge a", 5]]],
    ["histogram_count(increase(size[90s] smoothed))", 3, [["native", 3]]],
  ])("%s at minute %d", async (expression, minute, expected) => {
    expect(await at(expression, minute)).toEqual(expected);
  });

  test.each(["nothing + on () fill(0) left", "nothing + on () group_left (job) fill_left(0) left"])(
    "%s is an error, though there is nothing to match",
    async (expression) => {
      await expect(at(expression, 4)).rejects.toThrow("found duplicate series for the match group {}");
    },
  );

  test("durations may depend on the step and the range of the query", async () => {
    expect(await over("count_over_time(gauge[step() * 2])", 2, 4)).toEqual([["a", 2, 2, 2]]);
    expect(await over("count_over_time(gauge[range()])", 4, 4.5)).toEqual([["a", 1]]);
    expect(await over("gauge offset step()", 2, 4)).toEqual([["gauge a", 1, 3, 2]]);
    expect(await over("sum_over_time(gauge[2m:max_of(step(), 30s)])", 3, 3)).toEqual([["a", 5]]);
    expect(await over("end() - start() + step()", 2, 4)).toEqual([["", 180, 180, 180]]);
    await expect(at("gauge[step()]", 4)).rejects.toThrow("the duration must be above 0, got 0s");
  });
});
