import { diag, metrics } from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { Recording } from "../../../instrumentations/shared/recording.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";

afterEach(() => diag.disable());

function newRecording(meter = metrics.getMeter("test")): Recording<object> {
  return new Recording({ name: "courier", config: {}, meterProvider: undefined, meter });
}

test("at its end everything is restored in reverse order, and nothing is restored twice", () => {
  const recording = newRecording();
  const removed: string[] = [];
  const [, second] = ["first", "second", "third"].map((name) => recording.onEnd(() => removed.push(name)));
  second?.();
  second?.();
  expect(removed).toEqual(["second"]);
  recording.end();
  recording.end();
  expect(removed).toEqual(["second", "third", "first"]);
});

test("a failing removal does not prevent the others", () => {
  const warnings = collectWarnings();
  const recording = newRecording();
  const removed: string[] = [];
  recording.onEnd(() => removed.push("first"));
  recording.onEnd(() => {
    throw new Error("stuck");
  });
  recording.end();
  expect(removed).toEqual(["first"]);
  expect(warnings).toHaveLength(1);
});

test("failures of any source are logged once", () => {
  const warnings = collectWarnings();
  const recording = newRecording();
  recording.failed(new Error("one"));
  recording.failed(new Error("two"));
  const result = recording.safely(() => {
    throw new Error("three");
  });
  expect(result).toBe(undefined);
  expect(recording.safely(() => 4)).toBe(4);
  expect(warnings).toEqual(["instrumentation courier: something could not be recorded; this is logged once"]);
});

test("a failed group of replacements is undone as a whole, and earlier ones stay", () => {
  const recording = newRecording();
  const removed: string[] = [];
  recording.onEnd(() => removed.push("before"));
  const half = (): void => {
    recording.onEnd(() => removed.push("one"));
    recording.onEnd(() => removed.push("two"));
    throw new TypeError("no third");
  };
  expect(() => recording.whole(half)).toThrow(new TypeError("no third"));
  expect(removed).toEqual(["two", "one"]);
});

test("a group of replacements can be restored separately", () => {
  const recording = newRecording();
  const removed: string[] = [];
  recording.onEnd(() => removed.push("before"));
  const detach = recording.whole(() => {
    recording.onEnd(() => removed.push("one"));
    recording.onEnd(() => removed.push("two"));
  });
  detach();
  detach();
  expect(removed).toEqual(["two", "one"]);
  recording.end();
  expect(removed).toEqual(["two", "one", "before"]);
});

test("values are observed at each collection until the end, and failures do not affect others", async () => {
  const warnings = collectWarnings();
  const collecting = collectingProvider();
  const meter = collecting.provider.getMeter("test");
  const recording = newRecording(meter);
  recording.observe(meter.createObservableGauge("good"), (result) => result.observe(7));
  recording.observe(meter.createObservableGauge("bad"), () => {
    throw new Error("no figure");
  });
  expect([await collecting.points("good"), await collecting.points("bad")]).toEqual([
    [{ attributes: {}, value: 7 }],
    [],
  ]);
  expect(warnings).toHaveLength(1);
  recording.end();
  expect(await collecting.points("good")).toEqual([]);
});

test("a method is replaced once in a recording, and again after it was restored", () => {
  const recording = newRecording();
  const courier = { deliver: (): number => 1 };
  let calls = 0;
  const count = (): void =>
    void recording.wrap(
      courier,
      "deliver",
      (deliver) =>
        function (...args) {
          calls++;
          return Reflect.apply(deliver, this, args);
        },
    );
  const { deliver } = courier;
  recording.whole(() => {
    count();
    count();
  })();
  expect(courier.deliver).toBe(deliver);
  count();
  count();
  expect([courier.deliver(), calls]).toEqual([1, 1]);
  recording.end();
  expect(courier.deliver).toBe(deliver);
});

test("a function called before a method changes nothing, and may fail", () => {
  const warnings = collectWarnings();
  const recording = newRecording();
  const seen: unknown[] = [];
  const courier = {
    deliver(...parcels: readonly number[]): unknown {
      return [this === courier, ...parcels];
    },
  };
  recording.before(courier, "deliver", (self, ...parcels) => {
    seen.push(self, ...parcels);
    throw new Error("stumbled");
  });
  expect(courier.deliver(1, 2)).toEqual([true, 1, 2]);
  // The first three arguments, whether there are as many or not.
  expect(seen).toEqual([courier, 1, 2, undefined]);
  expect(warnings).toHaveLength(1);
  recording.end();
  courier.deliver(3);
  expect(seen).toHaveLength(4);
});
