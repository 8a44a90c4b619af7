// The kit's tests of observable instruments and their callbacks.
import { diag, type ObservableCallback, ValueType } from "@opentelemetry/api";
import { TimeoutError } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { callWith } from "../../facades/call-with.ts";
import { deltaReader, type MakeProvider, pointsOf, pulled, PulledReader } from "../pulled.ts";

export function describeObservables(makeProvider: MakeProvider): void {
  afterEach(() => diag.disable());

  test("a callback is called once per collection", async () => {
    const { meter, points } = pulled(makeProvider);
    let asked = 0;
    meter.createObservableGauge("g").addCallback((result) => result.observe(++asked, { a: 1 }));
    expect(await points("g")).toEqual([[{ a: 1 }, 1]]);
    expect(await points("g")).toEqual([[{ a: 1 }, 2]]);
  });

  test("an observable counter reports its total, and a delta reader gets the increase", async () => {
    for (const [reader, expected] of [
      [new PulledReader(), [10, 25, 25]],
      [deltaReader(), [10, 15, 0]],
    ] as const) {
      const { meter, points } = pulled(makeProvider, [], reader);
      const totals = [10, 25, 25];
      meter.createObservableCounter("c").addCallback((result) => result.observe(totals.shift() ?? 0));
      const values: unknown[] = [];
      for (let i = 0; i < 3; i++) values.push((await points("c"))[0]?.[1]);
      expect(values).toEqual(expected);
    }
  });

  test("an observable counter that falls was reset", async () => {
    const { meter, points } = pulled(makeProvider, [], deltaReader());
    const totals = [10, 4, 6];
    meter.createObservableCounter("c").addCallback((result) => result.observe(totals.shift() ?? 0));
    const values: unknown[] = [];
    for (let i = 0; i < 3; i++) values.push((await points("c"))[0]?.[1]);
    expect(values).toEqual([10, 4, 2]);
  });

  test("an observable up-down counter falls by a negative delta", async () => {
    const { meter, points } = pulled(makeProvider, [], deltaReader());
    const totals = [10, 4];
    meter.createObservableUpDownCounter("u").addCallback((result) => result.observe(totals.shift() ?? 0));
    const values = [(await points("u"))[0]?.[1], (await points("u"))[0]?.[1]];
    expect(values).toEqual([10, -6]);
  });

  test("a delta reader of an observable gauge gets the observed value", async () => {
    const { meter, points } = pulled(makeProvider, [], deltaReader());
    const values = [7, 7, -1];
    meter.createObservableGauge("g").addCallback((result) => result.observe(values.shift() ?? 0));
    expect([await points("g"), await points("g"), await points("g")]).toEqual([
      [[{}, 7]],
      [[{}, 7]],
      [[{}, -1]],
    ]);
  });

  test("a delta reader gets no point for a series that is not observed", async () => {
    const { meter, points } = pulled(makeProvider, [], deltaReader());
    let isOpen = true;
    meter.createObservableGauge("g").addCallback((result) => void (isOpen && result.observe(1)));
    expect(await points("g")).toHaveLength(1);
    isOpen = false;
    expect(await points("g")).toEqual([]);
  });

  test("an instrument may have several callbacks, and each can be removed", async () => {
    const { meter, points } = pulled(makeProvider, [], deltaReader());
    const gauge = meter.createObservableGauge("g");
    const first: ObservableCallback = (result) => result.observe(1, { by: "first" });
    const second: ObservableCallback = (result) => result.observe(2, { by: "second" });
    gauge.addCallback(first);
    gauge.addCallback(second);
    expect(await points("g")).toHaveLength(2);
    gauge.removeCallback(first);
    gauge.removeCallback(() => {});
    expect(await points("g")).toEqual([[{ by: "second" }, 2]]);
  });

  test("a callback that is added twice is called once", async () => {
    const { meter, collect } = pulled(makeProvider);
    let asked = 0;
    const callback = (): void => void asked++;
    const gauge = meter.createObservableGauge("g");
    gauge.addCallback(callback);
    gauge.addCallback(callback);
    meter.addBatchObservableCallback(callback, [gauge]);
    meter.addBatchObservableCallback(callback, [gauge, gauge]);
    await collect();
    expect(asked).toBe(2);
    gauge.removeCallback(callback);
    meter.removeBatchObservableCallback(callback, [gauge]);
    await collect();
    expect(asked).toBe(2);
  });

  test("a batch callback observes several instruments, each with its own value", async () => {
    const { meter, collect } = pulled(makeProvider);
    const [used, free] = [meter.createObservableGauge("used"), meter.createObservableCounter("freed")];
    const other = meter.createObservableGauge("other");
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(used, 3, { disk: "a" });
        result.observe(free, 4);
        result.observe(other, 5);
      },
      [used, free],
    );
    const { resourceMetrics } = await collect();
    expect(pointsOf(resourceMetrics, "used")).toEqual([[{ disk: "a" }, 3]]);
    expect(pointsOf(resourceMetrics, "freed")).toEqual([[{}, 4]]);
    expect(pointsOf(resourceMetrics, "other")).toEqual([]);
  });

  test("a batch callback without an instrument is refused", async () => {
    const { meter, collect } = pulled(makeProvider);
    const warnings = collectWarnings();
    let asked = 0;
    meter.addBatchObservableCallback(() => void asked++, []);
    await collect();
    expect(asked).toBe(0);
    expect(warnings).toHaveLength(1);
  });

  test("asynchronous callbacks are awaited concurrently", async () => {
    const { meter, points } = pulled(makeProvider);
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const gauge = meter.createObservableGauge("g");
    gauge.addCallback(async (result) => {
      await released;
      result.observe(1, { by: "waiting" });
    });
    gauge.addCallback(async (result) => {
      await Promise.resolve();
      release();
      result.observe(2, { by: "releasing" });
    });
    expect(await points("g")).toHaveLength(2);
  });

  test("a callback that throws or rejects loses its observations, and the error is in the collection", async () => {
    const { meter, collect } = pulled(makeProvider);
    const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
    meter.createObservableGauge("bad").addCallback((result) => {
      result.observe(1);
      throw thrown;
    });
    meter.createObservableGauge("worse").addCallback(async () => {
      throw rejected;
    });
    meter.createObservableGauge("good").addCallback((result) => result.observe(2));
    meter.createCounter("c").add(3);
    const { resourceMetrics, errors } = await collect();
    expect(errors).toEqual([thrown, rejected]);
    expect(pointsOf(resourceMetrics, "bad")).toEqual([]);
    expect(pointsOf(resourceMetrics, "good")).toEqual([[{}, 2]]);
    expect(pointsOf(resourceMetrics, "c")).toEqual([[{}, 3]]);
  });

  test("a callback that never ends is abandoned at the time-out, with a TimeoutError", async () => {
    const { meter, reader } = pulled(makeProvider);
    meter.createObservableGauge("stuck").addCallback(() => new Promise<void>(() => {}));
    meter.createObservableGauge("good").addCallback((result) => result.observe(2));
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 20 });
    expect(errors).toEqual([expect.any(TimeoutError)]);
    expect(pointsOf(resourceMetrics, "good")).toEqual([[{}, 2]]);
  });

  test("values that are not numbers are dropped, and integers lose their fraction", async () => {
    const { meter, collect } = pulled(makeProvider);
    const warnings = collectWarnings();
    meter.createObservableGauge("g").addCallback((result) => {
      for (const value of ["5", undefined, null, 5n]) callWith(result, "observe", value);
    });
    meter
      .createObservableGauge("i", { valueType: ValueType.INT })
      .addCallback((result) => void [result.observe(-2.9), result.observe(NaN, { a: 1 })]);
    const { resourceMetrics, errors } = await collect();
    expect(errors).toEqual([]);
    expect(pointsOf(resourceMetrics, "g")).toEqual([]);
    expect(pointsOf(resourceMetrics, "i")).toEqual([[{}, -2]]);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test("identical observable instruments are one, with the callbacks of both", async () => {
    const { meter, points } = pulled(makeProvider);
    meter.createObservableGauge("g").addCallback((result) => result.observe(1, { by: 1 }));
    meter.createObservableGauge("g").addCallback((result) => result.observe(2, { by: 2 }));
    expect(await points("g")).toEqual([
      [{ by: 1 }, 1],
      [{ by: 2 }, 2],
    ]);
  });
}
