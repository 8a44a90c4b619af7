import { describe, expect, test, type TestContext } from "vitest";
import type { Answer, Question } from "../../../src/history/question.ts";
import { RemoteHistory } from "../../../src/history/remote/index.ts";
import { format } from "../../../src/query/syntax/format.ts";
import { gathered } from "../gathered.ts";
import { QUERY_ENGINES, type QueryEngine, queryEngine } from "../../servers/query-engines.ts";
import { type RecordingProxy, recordingProxy } from "./recording-proxy.ts";
import { BEGIN, END, samples } from "./samples.ts";

const range = { from: BEGIN, to: END };

// Expressions and results of a server that excludes the start of a range; points by room or of all rooms.
const cases: readonly (readonly [Question, expression: string, points: unknown])[] = [
  [
    { metric: "room.temperature", from: BEGIN, to: BEGIN + 10, where: { room: "hall" } },
    'room_temperature_celsius{room="hall"}[10001ms]',
    { hall: [20, 21] },
  ],
  [
    { metric: "room_temperature_celsius", ...range, aggregate: "MIN", where: { room: ["hall", "cellar.1"] } },
    String.raw`min_over_time(room_temperature_celsius{room=~"hall|cellar\\.1"}[600001ms])`,
    { hall: [20] },
  ],
  [
    { metric: "room.temperature", ...range, aggregate: "MAX", where: { room: { not: "hall" } } },
    'max_over_time(room_temperature_celsius{room!="hall"}[600001ms])',
    { attic: [24] },
  ],
  [
    { metric: "room.temperature", ...range, step: 300 },
    "last_over_time(room_temperature_celsius[300000ms])",
    { hall: [20, 20], attic: [22, 22] },
  ],
  [
    { metric: "room.temperature", ...range, step: 300, aggregate: "MEAN" },
    "avg_over_time(room_temperature_celsius[300000ms])",
    { hall: [21, 21], attic: [23, 23] },
  ],
  [
    { metric: "room.temperature", ...range, step: 300, aggregate: "MEAN", by: [] },
    "avg_over_time((sum by () (room_temperature_celsius))[300000ms:10000ms])",
    { all: [44, 44] },
  ],
  [
    { metric: "room.temperature", ...range, step: 300, aggregate: "SUM" },
    "sum_over_time(room_temperature_celsius[300000ms])",
    { hall: [630, 630], attic: [690, 690] },
  ],
  [
    { metric: "room.temperature", ...range, aggregate: "COUNT", by: ["room"] },
    "count_over_time((sum by (room) (room_temperature_celsius))[600001ms:10000ms])",
    { hall: [61], attic: [61] },
  ],
  [
    { metric: "room.temperature", ...range, step: 300, aggregate: "STDDEV", where: { room: "hall" } },
    'stddev_over_time(room_temperature_celsius{room="hall"}[300000ms])',
    { hall: [Math.sqrt(2 / 3), Math.sqrt(2 / 3)] },
  ],
  [
    { metric: "room.temperature", ...range, aggregate: "QUANTILE", quantile: 0.5 },
    "quantile_over_time(0.5, room_temperature_celsius[600001ms])",
    { hall: [21], attic: [23] },
  ],
  [
    { metric: "goods.sold", ...range, step: 200, aggregate: "INCREASE" },
    "increase(goods_sold_total[200000ms])",
    { hall: [40, 40, 40], attic: [80, 80, 80] },
  ],
  [
    { metric: "goods.sold", ...range, step: 600, aggregate: "RATE", by: [] },
    "sum by () (increase(goods_sold_total[600000ms])) / 600",
    { all: [0.6] },
  ],
  [
    { metric: "sale.duration", ...range, step: 600, aggregate: "COUNT" },
    "increase(sale_duration_seconds_count[600000ms])",
    { hall: [240], attic: [480] },
  ],
  [
    { metric: "sale.duration", ...range, step: 600, aggregate: "SUM", by: [] },
    "sum by () (increase(sale_duration_seconds_sum[600000ms]))",
    { all: [720] },
  ],
  [
    { metric: "sale.duration", ...range, step: 600, aggregate: "MEAN" },
    "increase(sale_duration_seconds_sum[600000ms]) / increase(sale_duration_seconds_count[600000ms])",
    { hall: [1], attic: [1] },
  ],
  [
    { metric: "sale.duration", ...range, step: 600, aggregate: "QUANTILE", quantile: 0.75 },
    "histogram_quantile(0.75, increase(sale_duration_seconds_bucket[600000ms]))",
    { hall: [1.5], attic: [1.5] },
  ],
  [
    { metric: "sale.duration", ...range, step: 600, aggregate: "MAX", by: [] },
    "histogram_quantile(1, sum by (le) (increase(sale_duration_seconds_bucket[600000ms])))",
    { all: [2] },
  ],
  [
    { metric: "sale.duration", ...range, aggregate: "LAST", by: [] },
    "sum by () (last_over_time(sale_duration_seconds_count[600001ms]))",
    { all: [720] },
  ],
];

const engines = new Map<QueryEngine, Promise<string>>();

/** A server with the samples, started once, behind a recording proxy. */
async function proxied(context: TestContext, name: QueryEngine): Promise<RecordingProxy> {
  const engine = engines.get(name) ?? queryEngine(context, name, samples());
  engines.set(name, engine);
  return recordingProxy(await engine);
}

describe.each(QUERY_ENGINES)("%s", (name) => {
  test("evaluates each question as one expression", async (context) => {
    const proxy = await proxied(context, name);
    for (const [question, expression, points] of cases) {
      const history = new RemoteHistory({ url: proxy.url });
      const answer = await history.query(question);
      expect({ expression, points: valuesByRoom(answer) }).toEqual({ expression, points: rounded(points) });
      const asked = proxy.expressions().at(-1);
      expect(asked).toBe(format(inWordsOf(name, expression)));
      await history.close();
    }
  });

  test("returns types, units and series of its metrics", async (context) => {
    const { url } = await proxied(context, name);
    const history = new RemoteHistory({ url });
    const metrics = await gathered(history.metrics());
    expect(metrics).toMatchObject([
      { name: "goods_sold_total", type: "counter", unit: "" },
      { name: "room_temperature_celsius", type: "gauge", unit: "Cel" },
      { name: "sale_duration_seconds", type: "histogram", unit: "s" },
    ]);
    expect(await gathered(history.series("sale.duration"))).toEqual([{ room: "attic" }, { room: "hall" }]);
    expect(await gathered(history.series("goods.sold", { room: "hall" }))).toEqual([{ room: "hall" }]);
    expect(await gathered(history.series("nothing.known"))).toEqual([]);
    expect(await history.query({ metric: "nothing.known" })).toEqual({
      metric: "nothing.known",
      unit: "",
      type: "gauge",
      series: [],
    });
    await history.close();
  });

  test("a question without `from` starts at the oldest point", async (context) => {
    const { url } = await proxied(context, name);
    const history = new RemoteHistory({ url });
    const hall = { where: { room: "hall" }, to: END } as const;
    const { series } = await history.query({ metric: "room.temperature", ...hall, aggregate: "COUNT" });
    expect(series[0]?.points).toEqual([[END, 61]]);
    const stepped = await history.query({
      metric: "room.temperature",
      ...hall,
      aggregate: "COUNT",
      step: 250,
    });
    // Counted back from the end; earlier points get a step of their own.
    expect(stepped.series[0]?.points).toEqual([
      [END - 500, 11],
      [END - 250, 25],
      [END, 25],
    ]);
    await history.close();
  });

  test("returns trends, forecasts and comparisons from its own aggregates", async (context) => {
    const proxy = await proxied(context, name);
    const history = new RemoteHistory({ url: proxy.url });
    const sold = {
      metric: "goods.sold",
      aggregate: "LAST",
      where: { room: "hall" },
      ...range,
      step: 20,
    } as const;
    const { series } = await history.trend(sold);
    expect(series[0]).toMatchObject({ direction: "rising", attributes: { room: "hall" } });
    expect(series[0]?.slope).toBeCloseTo(0.2, 6);
    const forecast = await history.forecast(sold, 240);
    expect(forecast.series[0]).toMatchObject({ outcome: "expected" });
    // 120 are sold, and 0.2 more each second.
    expect(forecast.series[0]?.at).toBeCloseTo(END + 600, 0);
    const middle = BEGIN + 300;
    const compared = await history.compare(sold, [BEGIN, middle], [middle, END]);
    expect(compared.series[0]).toMatchObject({ effect: 1, before: { points: 15 }, after: { points: 15 } });
    // A trend does not count.
    expect(await history.changePoints(sold)).toEqual([]);
    expect(proxy.expressions().filter((expression) => !expression.includes("_over_time"))).toEqual([]);
    await history.close();
  });
});

test("an attribute named by its key has this key in the result, although its label differs", async (context) => {
  const text = ["# TYPE sent gauge", `sent{messaging_system_name="nats",a="1"} 5 ${BEGIN}`, "# EOF\n"].join(
    "\n",
  );
  const { url } = await recordingProxy(await queryEngine(context, "Prometheus 2", text));
  const history = new RemoteHistory({ url });
  const question = { metric: "sent", from: BEGIN, to: BEGIN } as const;
  const { series } = await history.query({ ...question, where: { "messaging.system.name": "nats" } });
  expect(series).toEqual([{ attributes: { "messaging.system.name": "nats", a: "1" }, points: [[BEGIN, 5]] }]);
  const added = await history.query({ ...question, aggregate: "LAST", by: ["messaging.system.name"] });
  expect(added.series.map(({ attributes }) => attributes)).toEqual([{ "messaging.system.name": "nats" }]);
  await history.close();
});

// As VictoriaMetrics stores data from OTLP.
test("names and labels with dots are found unchanged", async (context) => {
  const url = await queryEngine(context, "VictoriaMetrics", "");
  const metric = { __name__: "messages.sent", "messaging.system.name": "nats" };
  const line = JSON.stringify({ metric, values: [1, 4], timestamps: [BEGIN * 1_000, (BEGIN + 10) * 1_000] });
  await fetch(`${url}/api/v1/import`, { method: "POST", body: line });
  await fetch(`${url}/internal/force_flush`);
  const history = new RemoteHistory({ url });
  const question = {
    metric: "messages.sent",
    from: BEGIN,
    to: BEGIN + 10,
    aggregate: "MAX",
    where: { "messaging.system.name": ["nats"] },
  } as const;
  const expected = [{ attributes: { "messaging.system.name": "nats" }, points: [[BEGIN + 10, 4]] }];
  expect((await history.query(question)).series).toEqual(expected);
  expect((await history.query({ ...question, by: ["messaging.system.name"] })).series).toEqual(expected);
  await history.close();
});

function valuesByRoom({ series }: Answer): unknown {
  return rounded(
    Object.fromEntries(
      series.map(({ attributes, points }) => [attributes["room"] ?? "all", points.map(([, value]) => value)]),
    ),
  );
}

// Servers limit the digits of numbers.
function rounded(points: unknown): unknown {
  return JSON.parse(
    JSON.stringify(points, (_, value) => (typeof value === "number" ? Number(value.toFixed(2)) : value)),
  );
}

function inWordsOf(name: QueryEngine, expression: string): string {
  switch (name) {
    case "Prometheus 2":
      return expression.replaceAll(/\[(\d+)ms/g, (_, millis: string) => `[${Number(millis) - 1}ms`);
    case "VictoriaMetrics":
      return expression.replaceAll("by (le)", "by (le, vmrange)");
    default:
      return expression;
  }
}
