import fc from "fast-check";
import { RemoteHistory } from "tachymeter/history";
import { expect, test } from "vitest";
import { histogramFromJson } from "../../../src/history/remote/histogram-json.ts";
import { query } from "../../../src/query/evaluation/query.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import { histogramJson } from "../../../src/query/histograms/text.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import { queryEngine } from "../../servers/query-engines.ts";
import { freePort } from "../../kit/process.ts";
import { listening } from "../../kit/listening.ts";
import { gathered } from "../gathered.ts";
import { BEGIN, END, samples } from "./samples.ts";

test("an expression is evaluated by the server", async (context) => {
  const url = await queryEngine(context, "Prometheus 3", samples());
  const history = new RemoteHistory({ url });
  const time = END;
  expect(await history.query("1 + 1", { time })).toEqual({
    kind: "scalar",
    annotations: [],
    time,
    value: 2,
  });
  expect(await history.query('"a"', { time })).toEqual({ kind: "string", annotations: [], time, value: "a" });
  expect(await history.query("sum by (room) (rate(goods_sold_total[1m]))", { time })).toEqual({
    kind: "vector",
    annotations: [],
    series: [
      { labels: { room: "attic" }, time, value: expect.closeTo(0.4, 9) },
      { labels: { room: "hall" }, time, value: expect.closeTo(0.2, 9) },
    ],
  });
  const range = { from: BEGIN, to: new Date((BEGIN + 40) * 1_000), step: 20 };
  expect(await history.queryRange('goods_sold_total{room="hall"}', range)).toEqual({
    kind: "matrix",
    annotations: [],
    series: [
      {
        labels: { __name__: "goods_sold_total", room: "hall" },
        times: Float64Array.of(BEGIN, BEGIN + 20, BEGIN + 40),
        values: Float64Array.of(0, 4, 8),
      },
    ],
  });
  const { annotations } = await history.query("rate(room_temperature_celsius[1m])", { time });
  expect(annotations).toEqual([expect.stringMatching(/^PromQL info: metric might not be a counter/)]);
  const refused = history.query("rate(x)", { time });
  await expect(refused).rejects.toBeInstanceOf(QueryError);
  await expect(refused).rejects.toMatchObject({
    kind: "bad_data",
    message: expect.stringMatching(/^invalid parameter "query": 1:6: parse error: /),
    cause: { name: "RemoteHistoryError", status: 400 },
  });
  const many = history.queryRange("1", { from: 0, to: END, step: 1 });
  await expect(many).rejects.toMatchObject({ name: "QueryError", kind: "bad_data" });
  await expect(history.queryRange("1", { from: "soon", step: 1 })).rejects.toMatchObject({
    kind: "bad_data",
    message: 'from must be a Date, an ISO 8601 string or seconds since the epoch, got "soon"',
  });
  await history.close();
});

const refusals: readonly (readonly [status: number, body: object | string, kind: string, message: RegExp])[] =
  [
    [
      422,
      { status: "error", errorType: "execution", error: "too many samples" },
      "execution",
      /^too many samples$/,
    ],
    [503, { status: "error", errorType: "timeout", error: "too slow" }, "timeout", /^too slow$/],
    [
      422,
      { status: "error", errorType: "422", error: "no such function" },
      "execution",
      /^no such function$/,
    ],
    [
      500,
      { status: "error", errorType: "other", error: "not with Bearer hush" },
      "internal",
      /^not with \(hidden\)$/,
    ],
    [502, "<html>", "internal", /^remote history ".*": response 502: <html>; see the server's log$/],
    [200, "no API", "internal", /^remote history ".*": not a Prometheus HTTP API; url must/],
  ];

test.each(refusals)(
  "a refusal with status %d and %j is an error of kind %s",
  async (status, body, kind, message) => {
    const url = await listening((_, response) => {
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    });
    const history = new RemoteHistory({ url, headers: { Authorization: "Bearer hush" } });
    const selection = {
      matchers: [{ label: "__name__", operator: "=" as const, value: "x" }],
      from: 0,
      to: 1,
    };
    for (const failing of [
      () => history.query("x"),
      () => history.queryRange("x", { from: 0, to: 1, step: 1 }),
      () => gathered(history.select(selection)),
      () => query("x", { source: history }),
    ]) {
      const error: unknown = await failing().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "QueryError", kind, message: expect.stringMatching(message) });
    }
    await history.close();
  },
);

test("without a server, and if the signal aborts, a query fails with a kind", async () => {
  const history = new RemoteHistory({ url: `http://127.0.0.1:${await freePort()}` });
  await expect(history.query("x")).rejects.toMatchObject({
    kind: "internal",
    message: expect.stringContaining("no response"),
  });
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await expect(history.query("x", { signal })).rejects.toMatchObject({ kind: "canceled", cause: reason });
  await expect(gathered(history.select({ matchers: [], from: 0, to: 1, signal }))).rejects.toBe(reason);
  await history.close();
});

test("a query of this process over remote samples has the result of the server", async (context) => {
  const url = await queryEngine(context, "Prometheus 3", samples());
  const history = new RemoteHistory({ url });
  for (const expression of [
    "goods_sold_total",
    "sum by (room) (rate(goods_sold_total[1m]))",
    'histogram_quantile(0.5, rate(sale_duration_seconds_bucket{room=~"h.+"}[5m]))',
  ]) {
    const ours = await query(expression, { source: history, time: END });
    const theirs = await history.query(expression, { time: END });
    expect(sorted(ours)).toEqual(sorted(theirs));
  }
  await history.close();
});

test("a native histogram is the same after the way through JSON", () => {
  const counts = fc
    .array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 })
    .map((each) => Float64Array.from([1, ...each, 2]));
  const buckets = fc.record({ offset: fc.integer({ min: -60, max: 60 }), counts });
  fc.assert(
    fc.property(
      buckets,
      buckets,
      fc.integer({ min: -4, max: 8 }),
      fc.nat({ max: 2 }),
      (positive, negative, schema, zeroCount) => {
        const count = [...positive.counts, ...negative.counts, zeroCount].reduce((sum, each) => sum + each);
        const zeroThreshold = zeroCount === 0 ? 0 : 1e-128;
        const whole = { schema, count, sum: 1.5, zeroThreshold, zeroCount, resetHint: "unknown" } as const;
        fc.pre(Math.abs(60 * 2 ** -schema) < 300);
        const histogram = { ...whole, positive, negative };
        expect(histogramFromJson(histogramJson(histogram))).toEqual(histogram);
      },
    ),
  );
  const custom = {
    schema: -53,
    count: 6,
    sum: 3,
    zeroThreshold: 0,
    zeroCount: 0,
    resetHint: "unknown",
  } as const;
  const withBounds = {
    ...custom,
    customBounds: [0.5, 1, 5],
    positive: { offset: 0, counts: Float64Array.of(1, 2, 0, 3) },
    negative: { offset: 0, counts: new Float64Array() },
  };
  expect(histogramJson(histogramFromJson(histogramJson(withBounds)))).toEqual(histogramJson(withBounds));
});

function sorted(result: QueryResult): unknown {
  if (result.kind !== "vector") return result;
  return result.series
    .map(({ labels, value }) =>
      JSON.stringify([labels, typeof value === "number" ? value.toPrecision(10) : value]),
    )
    .toSorted((a, b) => (a < b ? -1 : 1));
}
