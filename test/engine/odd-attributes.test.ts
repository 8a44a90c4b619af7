import { type Attributes, diag } from "@opentelemetry/api";
import { beforeEach, expect, test } from "vitest";
import { throwingProxy } from "../facades/anything.ts";
import { callWith } from "../facades/call-with.ts";
import { identityOf } from "./differential/limited-series.ts";
import { isLong } from "../kit/test-length.ts";
import { ourProvider } from "./our-provider.ts";
import { pointsOf } from "./pulled.ts";

beforeEach(() => diag.disable());

// Far beyond the limit of series.
const MANY = isLong ? 1_000_000 : 100_000;

test("keys of Object.prototype are keys like any other", async () => {
  const { meter, points } = ourProvider();
  const counter = meter.createCounter("c");
  const keys = [
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "toString",
    "valueOf",
    "__defineGetter__",
    "length",
    "0",
  ];
  for (const key of keys) {
    counter.add(1, Object.fromEntries([[key, "x"]]));
    counter.add(
      1,
      Object.fromEntries([
        [key, "x"],
        ["b", 1],
      ]),
    );
    counter.add(
      1,
      Object.fromEntries([
        ["b", 1],
        [key, "x"],
      ]),
    );
  }
  const all = await points("c");
  expect(all).toHaveLength(2 * keys.length);
  for (const key of keys) {
    const alone = all.find(
      ([attributes]) => identityOf(attributes) === identityOf(Object.fromEntries([[key, "x"]])),
    );
    expect(alone?.[1]).toBe(1);
    expect(Object.getPrototypeOf(alone?.[0])).not.toBe("x");
    const withAnother = all.filter(
      ([attributes]) => Object.hasOwn(attributes, key) && Object.hasOwn(attributes, "b"),
    );
    expect(withAnother.map(([, value]) => value)).toEqual([2]);
  }
});

test("only own enumerable properties count", async () => {
  const { meter, points } = ourProvider();
  const counter = meter.createCounter("c");
  const inherited = Object.create({ inherited: "no" });
  inherited.own = "yes";
  Object.defineProperty(inherited, "hidden", { value: "no", enumerable: false });
  Reflect.set(inherited, Symbol("symbol"), "no");
  const bare = Object.create(null);
  bare.own = "yes";
  class Labels {
    own = "yes";
    get computed(): string {
      return "no";
    }
  }
  for (const attributes of [{ own: "yes" }, inherited, bare, Object.freeze({ own: "yes" }), new Labels()]) {
    callWith(counter, "add", 1, attributes);
  }
  expect(await points("c")).toEqual([[{ own: "yes" }, 5]]);
});

test("an attribute that throws when it is read is left out, and nothing else", async () => {
  const { meter, collect } = ourProvider({ sdkMetricsEnabled: true });
  const counter = meter.createCounter("c");
  const attributes = {
    before: 1,
    get bad(): string {
      throw new Error("do not look");
    },
    after: 2,
  };
  for (let i = 0; i < 3; i++) counter.add(1, attributes);
  counter.bind(attributes).add(1);
  counter.add(1, { before: 1, after: 2 });
  callWith(counter, "add", 1, throwingProxy());
  counter.add(1);
  const { resourceMetrics } = await collect();
  expect(pointsOf(resourceMetrics, "c")).toEqual([
    [{ before: 1, after: 2 }, 5],
    [{}, 2],
  ]);
  expect(pointsOf(resourceMetrics, "telemetry.labels.dropped")).toEqual([
    [{ reason: "invalid" }, expect.any(Number)],
  ]);
});

test("a getter is read once, and its value counts", async () => {
  const { meter, points } = ourProvider();
  let reads = 0;
  const attributes = {
    get changing(): number {
      return ++reads;
    },
  };
  meter.createCounter("c").add(1, attributes);
  const [[collected] = []] = await points("c");
  expect(collected).toEqual({ changing: expect.any(Number) });
});

test("values of 10 KB distinguish series by their last character", async () => {
  const { meter, points } = ourProvider();
  const counter = meter.createCounter("c");
  const long = "x".repeat(10_240);
  counter.add(1, { value: `${long}a`, [long]: 1 });
  counter.add(2, { value: `${long}b`, [long]: 1 });
  counter.add(3, { value: `${long}a`, [long]: 1 });
  expect((await points("c")).map(([, value]) => value)).toEqual([4, 2]);
});

test("an object of very many keys is one series", async () => {
  const { meter, points } = ourProvider();
  const counter = meter.createCounter("c");
  const attributes: Attributes = {};
  for (let i = 0; i < MANY; i++) attributes[`key-${i}`] = i;
  counter.add(1, attributes);
  counter.add(1, attributes);
  counter.add(1, { a: 1 });
  const all = await points("c");
  expect(all.map(([collected, value]) => [Object.keys(collected).length, value])).toEqual([
    [MANY, 2],
    [1, 1],
  ]);
});

test("very many keys in as many measurements overflow", async () => {
  const { meter, points } = ourProvider();
  const counter = meter.createCounter("c");
  for (let i = 0; i < MANY; i++) counter.add(1, { [`key-${i}`]: 1 });
  const all = await points("c");
  expect(all).toHaveLength(2_001);
  expect(all.find(([attributes]) => "otel.metric.overflow" in attributes)?.[1]).toBe(MANY - 2_000);
});

test("an attribute set that looks like the overflow's is counted with it", async () => {
  const { meter, points } = ourProvider({ cardinalityLimit: 1 });
  const counter = meter.createCounter("c");
  counter.add(1, { a: 1 });
  counter.add(2, { "otel.metric.overflow": true });
  counter.add(4, { a: 2 });
  const all = await points("c");
  expect(all.reduce((total, [, value]) => total + Number(value), 0)).toBe(7);
  expect(new Set(all.map(([attributes]) => identityOf(attributes))).size).toBe(all.length);
});
