import { expect, test } from "vitest";
import {
  type Expression,
  type NativeHistogram,
  QueryError,
  type SampleSeries,
  type Source,
  parse,
  query,
  queryRange,
} from "tachymeter/query";
import { MemorySource } from "../kit/memory-source.ts";

const series = Array.from({ length: 200 }, (_, n): SampleSeries => {
  const times = Float64Array.from({ length: 100 }, (_each, i) => i * 15_000);
  return { labels: { __name__: "x_total", n: String(n) }, times, values: times };
});
const source = new MemorySource(series);

test.each([
  ["rate(x_total)", {}, "bad_data"],
  ['x{a=~"("}', {}, "bad_data"],
  ["x", { lookback: 0 }, "bad_data"],
  ["x", { time: "tomorrow" }, "bad_data"],
  ["x_total", { maxSamples: 1_000 }, "execution"],
  ["vector(time())[300d:1ms]", {}, "execution"],
  ["count_over_time(absent(missing)[300d:1ms])", {}, "execution"],
  ["count_over_time(hour()[300d:1ms])", {}, "execution"],
  ["x_total + on () x_total", { time: 1_000 }, "execution"],
] as const)("the instant query %s with %o fails as %s", async (text, options, kind) => {
  const error = await errorOf(query(text, { source, ...options }));
  expect(error).toMatchObject({ name: "QueryError", code: "TACHYMETER_QUERY", kind });
});

test.each([
  ["x", { from: 10, to: 9, step: 1 }, "end timestamp must not be before start time"],
  [
    "x",
    { from: 0, to: 10, step: 0 },
    "zero or negative query resolution step widths are not accepted. Try a positive integer",
  ],
  [
    "x",
    { from: 0, to: 11_001, step: 1 },
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
  ],
  [
    "x[5m]",
    { from: 0, to: 10, step: 1 },
    'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  ],
  [
    "'text'",
    { from: 0, to: 10, step: 1 },
    'invalid expression type "string" for range query, must be Scalar or instant Vector',
  ],
])("the range query %s with %o is refused", async (text, options, message) => {
  const error = await errorOf(queryRange(text, { source, ...options }));
  expect(error).toMatchObject({ kind: "bad_data", message });
});

test("series without a value at any step count for no pair of a vector matching", async () => {
  const expression = "x_total * on () group_left () (x_total > 20 and on (n) x_total{n='7'})";
  const result = await queryRange(expression, { source, from: 15, to: 600, step: 15, maxSamples: 30_000 });
  expect(result).toMatchObject({ kind: "matrix", series: { length: 200 } });
});

test("the vectors that an expression holds at one time count together", async () => {
  const options = { source, from: 15, to: 600, step: 15, maxSamples: 40_000 };
  const leftFirst = await queryRange(`x_total${" + x_total".repeat(20)}`, options);
  expect(leftFirst).toMatchObject({ kind: "matrix", series: { length: 200 } });
  const nested = `${"x_total + (".repeat(20)}x_total${")".repeat(20)}`;
  expect(await errorOf(queryRange(nested, options))).toMatchObject({ kind: "execution" });
});

test("a native histogram counts as half its buckets", async () => {
  const times = Float64Array.from({ length: 40 }, (_, i) => i * 15_000);
  const none = { offset: 0, counts: new Float64Array(0) };
  const histogram: NativeHistogram = {
    schema: 0,
    count: 100,
    sum: 100,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: { offset: 1, counts: new Float64Array(100).fill(1) },
    negative: none,
    resetHint: "unknown",
  };
  const histograms = Array.from({ length: 40 }, () => histogram);
  const one = new MemorySource([
    { labels: { __name__: "h" }, times, values: new Float64Array(40).fill(Number.NaN), histograms },
  ]);
  const ask = (maxSamples: number): Promise<unknown> =>
    query("h[10m]", { source: one, time: 590, maxSamples });
  expect(await ask(40 * 52)).toMatchObject({ kind: "matrix" });
  expect(await errorOf(ask(40 * 52 - 1))).toMatchObject({ kind: "execution" });
  const range = { source: one, from: 0, to: 590, step: 1, maxSamples: 20_000 };
  expect(await errorOf(queryRange("avg_over_time(h[5m])", range))).toMatchObject({ kind: "execution" });
});

test("a regular expression with syntax of JavaScript alone is refused with RE2's reason", async () => {
  const error = await errorOf(query('label_replace(x_total, "a", "$1", "n", "(?=1)")', { source, time: 1 }));
  expect(error).toMatchObject({
    kind: "execution",
    message: "invalid regular expression in label_replace(): (?=1)",
  });
  const tree = parse('x{a="b"}');
  if (tree.kind !== "selector") throw new TypeError("not a selector");
  const matchers = [{ label: "a", operator: "=~", value: "(?<=b)c" }] as const;
  const ofTree = await errorOf(query({ ...tree, matchers }, { source }));
  expect(ofTree.kind).toBe("bad_data");
});

test("a regular expression that explodes in JavaScript ends at once", async () => {
  const text = `${"a".repeat(50)}!`;
  const one = new MemorySource([
    { labels: { __name__: "x", a: text }, times: Float64Array.of(0), values: Float64Array.of(1) },
  ]);
  const expression = 'label_replace(x, "b", "$1", "a", "((a+)+)+")';
  const result = await query(expression, { source: one, time: 0 });
  expect(result).toMatchObject({ series: [{ labels: { a: text } }] });
});

const doubled = (expression: string, times: number): string =>
  `${"label_join(".repeat(times)}${expression}${', "n", "", "n", "n")'.repeat(times)}`;

test.each([
  [doubled('x_total{n="7"}', 13), 8_192],
  [doubled('x_total{n="7"}', 40), 8_192],
  [`label_replace(${doubled('x_total{n="7"}', 12)}, "a", "${"$1".repeat(2_000)}", "n", "(.*)")`, 8_192],
  [`label_replace(${doubled('x_total{n="7"}', 12)}, "a", "$1-", "n", "(.*)")`, 4_097],
])("a label value that a query makes too long is refused, %#", async (text, length) => {
  expect(await errorOf(query(text, { source, time: 15 }))).toMatchObject({
    kind: "execution",
    message: `a label value made by a query must have at most 4096 characters, got ${length}; join or insert fewer texts`,
  });
});

test("a longer label value of the source can be copied", async () => {
  const n = "long".repeat(5_000);
  const one = new MemorySource([
    { labels: { __name__: "x", n }, times: Float64Array.of(0), values: Float64Array.of(1) },
  ]);
  const text = 'label_replace(label_join(x, "a", "", "n", "none"), "b", "$1", "a", "(.*)")';
  expect(await query(text, { source: one, time: 0 })).toMatchObject({ series: [{ labels: { a: n, b: n } }] });
});

test("the labels that a query makes count as samples, 16 characters as one", async () => {
  const long = doubled("x_total", 10);
  const copied = (copies: number): string =>
    `count(${"label_replace(".repeat(copies)}${long}${Array.from({ length: copies }, (_, i) => `, "copy${i}", "$1", "n", "(.*)")`).join("")})`;
  const options = { source, time: 15, maxSamples: 250_000 };
  expect(await query(copied(5), options)).toMatchObject({ series: [{ value: 200 }] });
  expect(await errorOf(query(copied(10), options))).toMatchObject({ kind: "execution" });
});

test("a source that fails in the middle makes it an internal error with its cause", async () => {
  const cause = new Error("the disk is gone");
  const failing: Source = {
    // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
    async *select() {
      yield* series.slice(0, 10);
      throw cause;
    },
  };
  const error = await errorOf(query("sum(x_total)", { source: failing, time: 100 }));
  expect(error).toMatchObject({ kind: "internal", message: "expanding series: the disk is gone", cause });
});

test("an aborted query is canceled, even if the source never ends", async () => {
  const controller = new AbortController();
  let isEnded = false;
  const hanging: Source = {
    async *select({ signal }) {
      signal?.addEventListener("abort", () => (isEnded = true));
      yield* series.slice(0, 1);
      await new Promise(() => undefined);
    },
  };
  const running = errorOf(query("x_total", { source: hanging, signal: controller.signal }));
  controller.abort();
  expect(await running).toMatchObject({
    kind: "canceled",
    message: "query was canceled in expression evaluation",
  });
  expect(isEnded).toBe(true);
});

test("a source that goes on after the query was canceled is ended", async () => {
  const controller = new AbortController();
  let ended: (() => void) | undefined;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const endless: Source = {
    async *select() {
      try {
        for (;;) {
          await new Promise(setImmediate);
          yield* series.slice(0, 1);
        }
      } finally {
        ended?.();
      }
    },
  };
  const running = errorOf(query("x_total", { source: endless, signal: controller.signal }));
  controller.abort();
  expect(await running).toMatchObject({ kind: "canceled" });
  await end;
});

test("a query is canceled between slices of its evaluation", async () => {
  const controller = new AbortController();
  const running = errorOf(
    queryRange("sum(rate(x_total[20m]))", {
      source,
      from: 0,
      to: 10_000,
      step: 1,
      signal: controller.signal,
    }),
  );
  setImmediate(() => setImmediate(() => controller.abort()));
  expect(await running).toMatchObject({ kind: "canceled" });
});

test("a signal with a time-out makes it a time-out", async () => {
  const reason = new DOMException("too late", "TimeoutError");
  const error = await errorOf(query("x_total", { source, signal: AbortSignal.abort(reason) }));
  expect(error).toMatchObject({ kind: "timeout", message: "query timed out in expression evaluation" });
});

test("a source gets the times that the expression needs, once for equal selectors", async () => {
  const asked: unknown[] = [];
  const empty: Source = {
    // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
    async *select({ matchers, from, to }) {
      asked.push([matchers[0]?.value, from, to]);
      yield* [];
    },
  };
  const text =
    "a + a + b offset 1m + rate(c[5m]) + d @ 50 + max_over_time(e[10m:1m] offset 30s) + f @ end() + rate(g[1m] @ start())";
  await queryRange(text, { source: empty, from: 1_000, to: 2_000, step: 10, lookback: 60 });
  expect(asked).toEqual([
    ["a", 940_001, 2_000_000],
    ["b", 880_001, 1_940_000],
    ["c", 700_001, 2_000_000],
    ["d", -9_999, 50_000],
    ["e", 310_001, 1_970_000],
    ["f", 1_940_001, 2_000_000],
    ["g", 940_001, 1_000_000],
  ]);
});

test("a step is not shortened by the rounding of its milliseconds", async () => {
  const result = await queryRange("time()", { source, from: 0, to: 2.9, step: 0.29 });
  expect(result).toMatchObject({ kind: "matrix", series: [{ times: { length: 11 } }] });
});

test("a tree has the same result as its text, with annotations without positions", async () => {
  const text = "quantile(2, rate(x_total[5m]))";
  const tree: Expression = parse(text);
  const [ofText, ofTree] = await Promise.all([
    query(text, { source, time: 600 }),
    query(tree, { source, time: 600 }),
  ]);
  expect(ofTree).toEqual({
    ...ofText,
    annotations: ["PromQL warning: quantile value should be between 0 and 1, got 2"],
  });
  expect(ofText.annotations).toEqual([
    "PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)",
  ]);
});

async function errorOf(promise: Promise<unknown>): Promise<QueryError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof QueryError)) throw new TypeError(`expected a QueryError, got ${String(error)}`);
  return error;
}
