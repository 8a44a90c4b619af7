import { expect, test } from "vitest";
import { Store } from "../../../src/history/store/index.ts";
import { Collections, numberOf, pointsOf } from "./collections.ts";

const INTERVAL = 1_000;

function opened(path = ":memory:"): Store {
  return Store.open({ path, intervalMillis: INTERVAL, now: () => 0 });
}

test("after the clock was set back, a counter continues as another series and does not seem restarted", () => {
  const store = opened();
  const collections = new Collections();
  for (let i = 0; i < 100; i++)
    store.append(collections.at(1_000_000 + i * INTERVAL, [numberOf(0, i, "counter"), numberOf(1, i)]));
  for (let i = 100; i < 200; i++)
    store.append(collections.at(950_000 + i * INTERVAL, [numberOf(0, i, "counter"), numberOf(1, i)]));
  const counters = store.series(store.find("counter.number")[0]!.id);
  const rises = counters.map(({ id }) =>
    [...store.read([id], -Infinity, Infinity)].flatMap((block) =>
      block.kind === "numbers" ? [...block.values()] : [],
    ),
  );
  expect(rises).toEqual([
    Array.from({ length: 100 }, (_, i) => i),
    Array.from({ length: 100 }, (_, i) => 100 + i),
  ]);
  expect(counters.map(({ attributes }) => attributes)).toEqual([{ number: 0 }, { number: 0 }]);
  // A gauge has all values, at their reported times.
  expect(pointsOf(store, "gauge.number").size).toBe(1);
});

test("the later of two collections with equal times is used", () => {
  const store = opened();
  const collections = new Collections();
  for (let i = 0; i < 100; i++) store.append(collections.at(1_000_000 + i * INTERVAL, [numberOf(0, i)]));
  store.append(collections.at(1_099_000, [numberOf(0, 4_711)]));
  expect(pointsOf(store, "gauge.number").get(0)!.slice(-2)).toEqual([
    [1_098_000, 98],
    [1_099_000, 4_711],
  ]);
  store.append(collections.at(2_000_000, [numberOf(0, 0)]));
  expect(pointsOf(store, "gauge.number").get(0)!.slice(-2)).toEqual([
    [1_099_000, 4_711],
    [2_000_000, 0],
  ]);
  expect(store.usage()).toMatchObject({ points: 101 });
});

test("a collection without series does not affect others", () => {
  const store = opened();
  const collections = new Collections();
  for (const [i, series] of [[], [numberOf(0, 1)], [], [numberOf(0, 2)]].entries())
    store.append(collections.at(1_000_000 + i * INTERVAL, series));
  expect(pointsOf(store, "gauge.number").get(0)).toEqual([
    [1_001_000, 1],
    [1_003_000, 2],
  ]);
});

test("a metric is found by both names, with its description", () => {
  const store = opened();
  store.append(new Collections().at(1_000_000, [{ ...numberOf(7, 1, "counter"), metric: "messages.sent" }]));
  const metric = {
    name: "messages.sent",
    prometheusName: "messages_sent",
    type: "counter",
    unit: "By",
    description: "what it is",
    scope: { name: "test", version: "1" },
    series: 1,
  };
  expect(store.metrics()).toEqual([expect.objectContaining(metric)]);
  expect(store.find("messages_sent")).toEqual(store.metrics());
  expect(store.find("messages.sent")).toEqual(store.metrics());
  expect(store.find("messages")).toEqual([]);
  expect(store.series(store.metrics()[0]!.id)).toEqual([
    expect.objectContaining({
      metric: store.metrics()[0],
      attributes: { number: 7 },
      resource: { "service.instance.id": "a" },
      startTimeUnixMillis: 1,
    }),
  ]);
});

test("samples are points in order of time, all counted; texts are counted separately", () => {
  const store = opened();
  const sample = (timeUnixMillis: number, value: number | string) => ({
    metric: "load",
    timeUnixMillis,
    value,
  });
  store.appendSamples([sample(3_000, 3), sample(1_000, 1), sample(2_000, "high"), sample(1_000, 2)]);
  const [metric] = store.find("load");
  expect(metric).toMatchObject({ type: "gauge", series: 1 });
  const blocks = [
    ...store.read(
      store.series(metric!.id).map(({ id }) => id),
      0,
      3_000,
    ),
  ];
  expect(blocks).toMatchObject([{ count: 3, sum: 6, min: 1, max: 3, from: 1_000, to: 3_000 }]);
  expect([...blocks[0]!.times()]).toEqual([1_000, 1_000, 3_000]);
  const figures = { count: 3, sum: 6, min: 1, max: 3, texts: 1 };
  expect(store.sampled(metric!.id, 1_000, 3_000)).toEqual(figures);
  expect(store.sampled(metric!.id, 2_000, 2_999)).toEqual({
    count: 0,
    sum: 0,
    min: Infinity,
    max: -Infinity,
    texts: 1,
  });
});

test("an event is stored once, and found by type, source, time and data", () => {
  const store = opened();
  const event = (id: string, timeUnixMillis: number, data: unknown, type = "order") => ({
    id,
    type,
    source: "shop",
    timeUnixMillis,
    data: JSON.stringify(data),
    labels: "{}",
    metadata: "{}",
  });
  store.appendEvents([
    event("b", 2_000, { state: "paid", items: 3, gift: true }),
    event("a", 2_000, { state: "open", tags: ["x", 'y"z'], of: { 'a"b.c': null } }),
    event("c", 1_000, { state: "paid", items: 3.5 }, "return"),
    event("b", 9_000, { state: "again" }),
  ]);
  const ids = (filter: Parameters<Store["events"]>[0]) => [...store.events(filter)].map(({ id }) => id);
  const where = (path: string, negated: boolean, ...texts: string[]) => ({
    where: [{ path, negated, texts }],
  });
  expect(ids({})).toEqual(["c", "a", "b"]);
  expect(ids({ limit: 1, after: { timeUnixMillis: 2_000, id: "a" } })).toEqual(["b"]);
  expect(ids({ type: "order" })).toEqual(["a", "b"]);
  expect(ids({ source: "shop", from: 1_000, to: 1_999 })).toEqual(["c"]);
  expect(ids({ source: "nobody" })).toEqual([]);
  expect(ids(where("state", false, "paid"))).toEqual(["c", "b"]);
  expect(ids(where("state", true, "paid"))).toEqual(["a"]);
  expect(ids(where("items", false, "3"))).toEqual(["b"]);
  expect(ids(where("items", false, "3.5", "4"))).toEqual(["c"]);
  expect(ids(where("gift", false, "true"))).toEqual(["b"]);
  expect(ids(where("gift", false, ""))).toEqual(["c", "a"]);
  expect(ids(where("tags", false, '["x","y\\"z"]'))).toEqual(["a"]);
  expect(ids(where("of", false, String.raw`{"a\"b.c":null}`, "paid"))).toEqual(["a"]);
  expect([...store.events({ limit: 1 })]).toEqual([
    event("c", 1_000, { state: "paid", items: 3.5 }, "return"),
  ]);
});

test("sealing stops if the process is about to end, and is done later", () => {
  let isEnding = false;
  let asked = 0;
  const store = Store.open({
    path: ":memory:",
    intervalMillis: 1_000,
    now: () => 0,
    isEnding() {
      asked++;
      return isEnding;
    },
  });
  const collections = new Collections();
  const series = Array.from({ length: 400 }, (_, id) => numberOf(id, id));
  for (let i = 1; i <= 60; i++) store.append(collections.at(60_000 + i * 1_000, series));
  isEnding = true;
  store.append(collections.at(121_000, series));
  expect(asked).toBe(1);
  expect(pointsOf(store, "gauge.number").get(7)).toHaveLength(61);
  isEnding = false;
  store.append(collections.at(181_000, series));
  expect(asked).toBeGreaterThan(4);
  expect(pointsOf(store, "gauge.number").get(7)).toHaveLength(62);
  store.close();
});
