import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { Application, Custom } from "tachymeter/facades";
import { afterEach, expect, test } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { anything } from "../facades/anything.ts";
import { callWith } from "../facades/call-with.ts";

afterEach(() => diag.disable());

const MAX_KEPT = 10_000;

/** Calls in which only the given function may throw. */
const CALLS = {
  custom: ["incrementCounter", "setGauge", "recordHistogramValue", "recordBusinessMetric"],
  application: ["recordCustomMetric"],
} as const;

test("no call throws, whatever its values, tags and names", async () => {
  const { provider, collect } = collectingProvider();
  const custom = new Custom({ meterProvider: provider });
  const application = new Application({ meterProvider: provider });
  fc.assert(
    fc.property(fc.array(anything(), { minLength: 5, maxLength: 5 }), fc.boolean(), (makers, isNamed) => {
      const [name, value, third, fourth, fifth] = makers.map((make) => make());
      const given = [isNamed ? "name" : name, value, third, fourth, fifth];
      for (const method of CALLS.custom) callWith(custom, method, ...given);
      for (const method of CALLS.application) callWith(application, method, value);
      callWith(application, "recordCustomMetric", {
        name: given[0],
        value: isNamed ? 5 : value,
        unit: value,
        timestamp: third,
        tags: fourth,
        context: value,
        source: fifth,
      });
      // A function in place of the name is a programming error, which throws.
      const timerName = typeof name === "function" ? "function" : name;
      const timer: unknown = callWith(application, "timer", timerName, value);
      callWith({ timed: callWith({ timer }, "timer", () => third) }, "timed", fourth);
      callWith(application, "track", name, value, () => third);
      callWith(application, "trackAllocations", name, () => third);
      using block = application.track("block");
      callWith(block, "fail", value);
      Object.assign(block, { metadata: fourth });
    }),
  );
  custom.getCounterValues();
  custom.getGaugeValues();
  application.getCallCounts();
  expect(custom.getCollectedMetrics().length).toBeLessThanOrEqual(MAX_KEPT);
  expect(application.getCollectedMetrics().length).toBeLessThanOrEqual(MAX_KEPT);
  await collect();
});

test("the buffer for the next drain never grows beyond its bound", () => {
  const custom = new Custom();
  const application = new Application();
  for (let i = 0; i < 60; i++) {
    for (let n = 0; n < 300; n++) {
      custom.setGauge(`gauge.${n}`, i);
      application.track(`block.${n}.${i}`, undefined, () => {});
    }
  }
  const gauges = custom.getCollectedMetrics().length;
  const blocks = application.getCollectedMetrics().length;
  expect(gauges).toBeLessThanOrEqual(MAX_KEPT);
  expect(blocks).toBeLessThanOrEqual(MAX_KEPT);
  const leftOut = (counts: Record<string, number>): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect(gauges + leftOut(custom.getLeftOutCounts())).toBe(18_000);
  expect(blocks + leftOut(application.getLeftOutCounts())).toBe(18_000);
});

test("calls of names beyond a thousand are counted together", () => {
  const application = new Application();
  for (let i = 0; i < 1500; i++) application.timer(`call.${i}`)(() => {})();
  const counts = application.getCallCounts();
  expect(Object.keys(counts)).toHaveLength(1001);
  expect(counts["_other"]).toBe(500);
  expect(counts["call.0"]).toBe(1);
});
