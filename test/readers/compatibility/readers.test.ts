// Compatibility kit of readers: the guarantees of each one, ours and upstream's.
import { diag, type Meter } from "@opentelemetry/api";
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  MeterProvider,
  type ViewOptions,
} from "tachymeter/metrics";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { waitMillis } from "../../kit/test-length.ts";
import type { Figure } from "./figures.ts";
import { type ReaderKind, readers, type Subject } from "./readers.ts";

beforeEach(() => void collectWarnings());
afterEach(() => diag.disable());

describe.each(readers)("$name", (kind) => {
  const isDelta = kind.temporality === AggregationTemporality.DELTA;

  test("a counter arrives with its total, or with the increase since the last collection", async () => {
    const { meter, delivered } = await bound(kind);
    const orders = meter.createCounter("orders");
    orders.add(1, { shop: "north" });
    orders.add(2, { shop: "south" });
    expect((await delivered()).map(pairOf)).toEqual([
      ["north", 1],
      ["south", 2],
    ]);
    orders.add(4, { shop: "south" });
    expect((await delivered()).map(pairOf)).toEqual(
      isDelta
        ? [["south", 4]]
        : [
            ["north", 1],
            ["south", 6],
          ],
    );
  });

  test("an up-down counter arrives with its total", async () => {
    const { meter, delivered } = await bound(kind);
    const stock = meter.createUpDownCounter("stock");
    stock.add(5);
    expect((await delivered()).map(({ value }) => value)).toEqual([5]);
    stock.add(-2);
    expect((await delivered()).map(({ value }) => value)).toEqual([3]);
  });

  test("a gauge arrives with its latest value, an observable one with the observed value", async () => {
    const { meter, delivered } = await bound(kind);
    const heat = meter.createGauge("heat");
    heat.record(20, { at: "door" });
    heat.record(21, { at: "door" });
    meter.createObservableGauge("sales").addCallback((result) => result.observe(-0.5));
    expect((await delivered()).map(({ name, value }) => [name, value])).toEqual([
      ["heat", 21],
      ["sales", -0.5],
    ]);
  });

  test("a histogram arrives with its count and sum", async () => {
    const { meter, delivered } = await bound(kind);
    const latency = meter.createHistogram("latency");
    latency.record(0.25);
    latency.record(4);
    const [figure] = await delivered();
    expect(figure).toMatchObject({ name: "latency", value: 2 });
    expect([undefined, 4.25]).toContain(figure?.sum);
  });

  test("a view renames a metric, keeps the chosen attributes and drops another metric", async () => {
    const { meter, delivered } = await bound(kind, {
      views: [
        {
          instrumentName: "orders",
          name: "sales",
          attributesProcessors: [createAllowListAttributesProcessor(["shop"])],
        },
        { instrumentName: "heat", aggregation: { type: AggregationType.DROP } },
      ],
    });
    meter.createGauge("heat").record(1);
    const orders = meter.createCounter("orders");
    for (const customer of ["a", "b", "c"]) orders.add(1, { shop: "north", customer });
    expect(await delivered()).toEqual([
      expect.objectContaining({ name: "sales", attributes: { shop: "north" }, value: 3 }),
    ]);
  });

  test("a callback that fails affects its own metric alone", async () => {
    const { meter, delivered } = await bound(kind);
    meter.createObservableGauge("broken").addCallback(() => {
      throw new Error("no reading today");
    });
    meter.createObservableGauge("rejecting").addCallback(() => Promise.reject(new Error("nor tomorrow")));
    meter.createCounter("orders").add(1);
    expect((await delivered()).map(({ name, value }) => [name, value])).toEqual([["orders", 1]]);
  });

  test("a callback that never ends affects its own metric alone, and delays nothing for long", async () => {
    const { meter, delivered } = await bound(kind, { timeoutMillis: 400 });
    meter.createObservableGauge("slow").addCallback(() => new Promise(() => {}));
    meter.createCounter("orders").add(1);
    const begin = performance.now();
    expect((await delivered()).map(({ name, value }) => [name, value])).toEqual([["orders", 1]]);
    expect(performance.now() - begin).toBeLessThan(waitMillis / 4);
  });

  test("overlapping collections lose and duplicate nothing", async () => {
    const { meter, subject } = await bound(kind);
    const orders = meter.createCounter("orders");
    meter.createObservableGauge("slow").addCallback(() => new Promise((resolve) => setImmediate(resolve)));
    const collecting: Promise<unknown>[] = [];
    for (let i = 0; i < 5; i++) {
      orders.add(1);
      collecting.push(subject.collect());
    }
    await Promise.all(collecting);
    orders.add(1);
    await subject.collect();
    const values = (await subject.arrived()).filter(isOrders).map(({ value }) => value);
    expect(isDelta ? values.reduce((sum, value) => sum + value, 0) : values.at(-1)).toBe(6);
  });

  test("two readers of a kind on one provider do not affect each other", async () => {
    const subjects = [await kind.make(waitMillis), await kind.make(waitMillis)];
    const provider = new MeterProvider({ readers: subjects.map(({ reader }) => reader) });
    const orders = provider.getMeter("shop").createCounter("orders");
    for (const total of [1, 2]) {
      orders.add(1);
      for (const { collect, arrived } of subjects) {
        await collect();
        expect((await arrived()).filter(isOrders).map(({ value }) => value)).toEqual([isDelta ? 1 : total]);
      }
    }
  });

  test("it can be bound to one provider only", async () => {
    const { subject } = await bound(kind);
    expect(() => new MeterProvider({ readers: [subject.reader] })).toThrow("bound");
  });

  test("its flush resolves if nothing was recorded", async () => {
    const { provider, subject } = await bound(kind);
    await expect(provider.forceFlush()).resolves.toBeUndefined();
    expect((await subject.arrived()).filter(isOrders)).toEqual([]);
  });

  test("its shutdown delivers the last measurements, if it pushes", async () => {
    const { meter, provider, subject } = await bound(kind);
    meter.createCounter("orders").add(3);
    await provider.shutdown();
    const values = (await subject.arrived()).filter(isOrders).map(({ value }) => value);
    expect(values).toEqual(kind.pushes ? [3] : []);
  });

  test("after its shutdown it no longer collects, and further measurements are harmless", async () => {
    const { meter, provider, subject } = await bound(kind);
    const orders = meter.createCounter("orders");
    orders.add(1);
    await provider.shutdown();
    await subject.arrived();
    orders.add(1);
    await expect(subject.reader.collect()).rejects.toThrow("shutdown");
    await subject.reader.forceFlush();
    expect(await subject.arrived()).toEqual([]);
  });

  test("a second shutdown resolves, and delivers nothing twice", async () => {
    const { meter, subject } = await bound(kind);
    meter.createCounter("orders").add(1);
    await Promise.all([subject.reader.shutdown(), subject.reader.shutdown()]);
    await subject.reader.shutdown();
    expect((await subject.arrived()).filter(isOrders)).toHaveLength(kind.pushes ? 1 : 0);
  });

  test("a flush during a shutdown resolves, and delivers nothing twice", async () => {
    const { meter, subject } = await bound(kind);
    meter.createCounter("orders").add(2);
    await Promise.all([subject.reader.forceFlush(), subject.reader.shutdown()]);
    const values = (await subject.arrived()).filter(isOrders).map(({ value }) => value);
    // A repeated total is the same total.
    expect(isDelta ? values : [...new Set(values)]).toEqual(kind.pushes ? [2] : []);
  });
});

interface Bound {
  readonly subject: Subject;
  readonly provider: MeterProvider;
  readonly meter: Meter;
  /** Collects and returns the figures that arrived, ordered by names and attributes. */
  readonly delivered: () => Promise<readonly Figure[]>;
}

async function bound(
  kind: ReaderKind,
  options: { readonly views?: ViewOptions[]; readonly timeoutMillis?: number } = {},
): Promise<Bound> {
  const { views = [], timeoutMillis = waitMillis } = options;
  const subject = await kind.make(timeoutMillis);
  const provider = new MeterProvider({ readers: [subject.reader], views });
  return {
    subject,
    provider,
    meter: provider.getMeter("shop"),
    async delivered() {
      await subject.collect();
      const figures = await subject.arrived();
      return figures.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    },
  };
}

function sortKey({ name, attributes }: Figure): string {
  return `${name} ${JSON.stringify(attributes)}`;
}

function pairOf({ attributes, value }: Figure): unknown[] {
  return [attributes["shop"], value];
}

function isOrders({ name }: Figure): boolean {
  return name === "orders";
}
