import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { History, HistoryOptionsError, QuestionError } from "tachymeter/history";
import { storeOf } from "../../src/history/store-of.ts";
import { emptyCells } from "../../src/history/encoded-collection.ts";
import { gathered } from "./gathered.ts";
import { newFolder } from "../kit/new-folder.ts";

let history: History;
// Ids of series, as in one process.
let nextId = 0;

beforeEach(async () => {
  // The collections are of 1970.
  history = await History.open({ path: ":memory:", retention: { metricsDays: 36_500, eventsDays: 36_500 } });
});

afterEach(() => history.close());

/** Stores the series of one metric, one value per collection. */
async function keep(
  type: "counter" | "gauge",
  metric: string,
  collections: readonly (readonly number[])[],
  scope = "shop",
): Promise<void> {
  const first = nextId;
  nextId += collections[0]?.length ?? 0;
  for (const [i, values] of collections.entries()) {
    const { buffer, ids, widths, cells } = emptyCells(values.length, values.length);
    ids.set(values.map((_, j) => first + j));
    widths.fill(1);
    cells.set(values);
    const newSeries = values.map((_, j) => ({
      id: first + j,
      metric,
      prometheusName: metric.replaceAll(".", "_"),
      type,
      unit: "By",
      description: "",
      layout: { kind: "number" } as const,
      attributes: { shop: j },
      scope: { name: scope, version: "" },
      startTimeUnixMillis: 0,
    }));
    await storeOf(history).appendCollection({
      timeUnixMillis: i * 60_000,
      resource: { "service.name": scope },
      newSeries: i === 0 ? newSeries : [],
      buffer,
    });
  }
}

test("a result has the unit and type of the metric, for either of its names", async () => {
  await keep("gauge", "memory.used", [[1], [2]]);
  const answer = await history.query({ metric: "memory_used", to: 60 });
  expect(answer).toEqual({
    metric: "memory_used",
    unit: "By",
    type: "gauge",
    series: [
      {
        attributes: { shop: 0 },
        points: [
          [0, 1],
          [60, 2],
        ],
      },
    ],
  });
});

test("an unknown metric has no series", async () => {
  expect(await history.query({ metric: "nothing" })).toEqual({
    metric: "nothing",
    unit: "",
    type: "gauge",
    series: [],
  });
});

test("times are dates, ISO 8601 or seconds", async () => {
  await keep("gauge", "memory.used", [[1], [2], [3]]);
  for (const [from, to] of [
    [60, 90],
    [new Date(60_000), new Date(90_000)],
    ["1970-01-01T00:01:00Z", "1970-01-01T00:01:30"],
  ] as const) {
    const { series } = await history.query({ metric: "memory.used", from, to });
    expect(series.map(({ points }) => points)).toEqual([[[60, 2]]]);
  }
});

test("an invalid question is rejected with all its problems", async () => {
  const question: object = {
    metric: "",
    where: { a: 1 },
    by: "a",
    aggregate: "AVG",
    quantile: 2,
    step: 0,
    from: "yesterday",
    wher: {},
  };
  const asking = history.query(Object.assign({ metric: "" }, question));
  await expect(asking).rejects.toThrow(QuestionError);
  const message = await asking.then(String, String);
  for (const name of [
    'metric must be the name of a metric, got ""',
    "where must be",
    'by must be an array of attribute keys, got "a"',
    "aggregate must be a function or one of MEAN",
    "quantile must be a number from 0 to 1, got 2",
    "step must be a number of seconds, 0.001 or more, got 0",
    "from must be",
    "unknown property wher; use metric, where",
  ])
    expect(message).toContain(name);
  await expect(history.query({ metric: "a", from: 10, to: 5 })).rejects.toThrow(
    "from must be a time not after to (1970-01-01T00:00:05.000Z), got 10",
  );
  await expect(history.query({ metric: "a", from: 0, to: 1e9, step: 1 })).rejects.toThrow(
    "step must be long enough for at most 1000000 steps in the range, got 1",
  );
});

test("a query rejects with the error of the caller's function", async () => {
  await keep("gauge", "memory.used", [[1]]);
  const aggregate = (): number => {
    throw new RangeError("mine");
  };
  await expect(history.query({ metric: "memory.used", aggregate })).rejects.toThrow(new RangeError("mine"));
});

test("an aborted query rejects with the signal's reason, before and while it runs", async () => {
  await keep("gauge", "memory.used", [[1]]);
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  await expect(history.query({ metric: "memory.used", signal: aborted })).rejects.toBe(reason);
  const controller = new AbortController();
  const asking = history.query({ metric: "memory.used", signal: controller.signal });
  controller.abort(reason);
  await expect(asking).rejects.toBe(reason);
  await expect(gathered(history.events({ signal: aborted }))).rejects.toBe(reason);
});

test("metrics and the attributes of their series are listed", async () => {
  await keep("counter", "orders.sold", [[1, 2]]);
  await keep("counter", "orders.sold", [[3]], "other");
  await keep("gauge", "memory.used", [[1]]);
  expect(await gathered(history.metrics())).toEqual([
    { name: "memory.used", type: "gauge", unit: "By", series: 1 },
    { name: "orders.sold", type: "counter", unit: "By", series: 3 },
  ]);
  expect(await gathered(history.series("orders_sold"))).toEqual([{ shop: 0 }, { shop: 1 }]);
  expect(await gathered(history.series("orders.sold", { shop: { not: "0" } }))).toEqual([{ shop: 1 }]);
  expect(await gathered(history.series("orders.sold", { "service.name": "other" }))).toEqual([{ shop: 0 }]);
  const wrong: { shop: string } = JSON.parse('{ "shop": 1 }');
  await expect(gathered(history.series("orders.sold", wrong))).rejects.toThrow(QuestionError);
});

test("series of two scopes with equal attributes are distinguished by otel.scope.name", async () => {
  await keep("gauge", "memory.used", [[1]]);
  await keep("gauge", "memory.used", [[2]], "other");
  const { series } = await history.query({ metric: "memory.used" });
  expect(series).toEqual([
    { attributes: { "otel.scope.name": "other", shop: 0 }, points: [[0, 2]] },
    { attributes: { "otel.scope.name": "shop", shop: 0 }, points: [[0, 1]] },
  ]);
});

test("a reader sees data of another process, including unsealed data, and cannot write", async () => {
  const path = join(newFolder("history"), "h.db");
  await history.close();
  // The points are old.
  history = await History.open({ path, retention: { metricsDays: 36_500 } });
  await keep("counter", "orders.sold", [[1], [2]]);
  await using reader = await History.open({ path, readOnly: true });
  const { series } = await reader.query({ metric: "orders.sold", aggregate: "LAST", to: 60 });
  expect(series.map(({ points }) => points)).toEqual([[[60, 2]]]);
  await expect(storeOf(reader).appendSamples([{ metric: "a", timeUnixMillis: 0, value: 1 }])).rejects.toThrow(
    /read/,
  );
});

test("a closed history rejects calls, and can be closed again", async () => {
  await history.close();
  await history.close();
  await expect(history.query({ metric: "a" })).rejects.toThrow(/closed/);
});

test("all invalid options are reported together", async () => {
  const options: object = { path: "", retention: { eventsDays: 0 }, maxBytes: 1.5, size: 3 };
  const opening = History.open(options);
  await expect(opening).rejects.toThrow(HistoryOptionsError);
  const error = await opening.catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "TACHYMETER_CONFIGURATION",
    problems: [{ name: "size" }, { name: "path" }, { name: "maxBytes" }, { name: "retention.eventsDays" }],
  });
});

test.each(["/x/a.db", null])("options %j are one problem", async (options) => {
  const open: (given: never) => Promise<History> = (given) => History.open(given);
  const opening: unknown = Reflect.apply(open, undefined, [options]);
  await expect(opening).rejects.toMatchObject({ problems: [{ name: "options", value: options }] });
});
