// The specification's paragraphs on instruments that are registered more than once.
import { diag, ValueType } from "@opentelemetry/api";
import { AggregationType } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { metricsOf, ourProvider } from "./our-provider.ts";

afterEach(() => diag.disable());

test("an instrument created again in another case is the first one, with a warning", async () => {
  const { meter, points } = ourProvider();
  const first = meter.createCounter("requestCount");
  const warnings = collectWarnings();
  expect(meter.createCounter("RequestCount")).toBe(first);
  expect(warnings).toEqual([
    'instrument "RequestCount": already registered with name "requestCount", now "RequestCount"; the first name is used; create both as "requestCount"; this is logged once',
  ]);
  first.add(1);
  expect(await points("requestCount")).toEqual([[{}, 1]]);
});

test("a distinct instrument also takes the first-seen case of its name", async () => {
  const { meter, reader } = ourProvider();
  const warnings = collectWarnings();
  meter.createCounter("Dup").add(1);
  meter.createHistogram("dup").record(1);
  expect(warnings).toHaveLength(1);
  expect((await metricsOf(reader)).map(({ descriptor }) => descriptor.name)).toEqual(["Dup", "Dup"]);
});

test("conflicting instruments are logged, with a view that resolves the conflict", () => {
  const { meter } = ourProvider();
  const warnings = collectWarnings();
  meter.createCounter("c", { unit: "s" });
  meter.createCounter("c", { unit: "ms" });
  meter.createHistogram("c", { unit: "s" });
  expect(warnings).toEqual([
    'instrument "c": already registered with unit "s", now "ms"; rename one with a view: { instrumentName: "c", instrumentUnit: "ms", name: "c.2" }',
    'instrument "c": already registered with kind COUNTER, now HISTOGRAM; rename one with a view: { instrumentName: "c", instrumentType: "HISTOGRAM", name: "c.2" }',
  ]);
});

test("the view in a warning resolves the conflict", async () => {
  const views = [{ instrumentName: "c", instrumentUnit: "ms", name: "c.2" }];
  const { meter, reader } = ourProvider({ views });
  const warnings = collectWarnings();
  meter.createCounter("c", { unit: "s" }).add(1);
  meter.createCounter("c", { unit: "ms" }).add(1);
  expect(warnings).toEqual([]);
  expect((await metricsOf(reader)).map(({ descriptor }) => descriptor.name)).toEqual(["c", "c.2"]);
});

test("no view resolves a conflict of value types", () => {
  const { meter } = ourProvider();
  const warnings = collectWarnings();
  meter.createCounter("c");
  meter.createCounter("c", { valueType: ValueType.INT });
  expect(warnings).toEqual([
    'instrument "c": already registered with value type DOUBLE, now INT; create both with the same value type, or rename one',
  ]);
});

test("the longer of two descriptions is used, with a warning, unless a view sets one", async () => {
  const { meter, reader } = ourProvider({ views: [{ instrumentName: "viewed", description: "By view." }] });
  const warnings = collectWarnings();
  for (const name of ["plain", "viewed"]) {
    meter.createCounter(name, { description: "Short." }).add(1);
    meter.createCounter(name, { description: "Rather longer." }).add(1);
    meter.createCounter(name, { description: "Short." }).add(1);
  }
  const described = (await metricsOf(reader)).map(({ descriptor }) => descriptor.description);
  expect(described).toEqual(["Rather longer.", "By view."]);
  expect(warnings).toEqual([
    'instrument "plain": already registered with description "Short.", now "Rather longer."; the longer description is used; set one with a view: { instrumentName: "plain", description: "Short." }; this is logged once',
    'instrument "plain": already registered with description "Rather longer.", now "Short."; the longer description is used; set one with a view: { instrumentName: "plain", description: "Rather longer." }; this is logged once',
  ]);
});

test("the first-seen advice is used, with a warning", async () => {
  const { meter, points } = ourProvider();
  const first = meter.createHistogram("h", { advice: { explicitBucketBoundaries: [1, 2] } });
  const warnings = collectWarnings();
  expect(meter.createHistogram("h", { advice: { explicitBucketBoundaries: [5] } })).toBe(first);
  expect(warnings).toEqual([
    'instrument "h": already registered with other advice; the first advice is used; this is logged once',
  ]);
  first.record(1);
  expect(await points("h")).toMatchObject([[{}, { buckets: { boundaries: [1, 2] } }]]);
});

test("two instruments with one name by views are one metric if they would be aggregated alike", async () => {
  const views = ["a", "b", "c"].map((instrumentName) => ({ instrumentName, name: "all" }));
  const { meter, points } = ourProvider({ views });
  const warnings = collectWarnings();
  meter.createCounter("a").add(1);
  meter.createCounter("b").add(2);
  expect(await points("all")).toEqual([[{}, 3]]);
  expect(warnings).toHaveLength(1);
  meter.createUpDownCounter("c").add(4);
  expect(await points("all")).toEqual([
    [{}, 3],
    [{}, 4],
  ]);
});

test("two views of one instrument make two metrics with one name, with a warning", async () => {
  const views = [{ instrumentName: "c" }, { instrumentName: "c*" }];
  const { meter, points } = ourProvider({ views });
  const warnings = collectWarnings();
  meter.createCounter("c").add(1);
  expect(await points("c")).toEqual([
    [{}, 1],
    [{}, 1],
  ]);
  expect(warnings).toEqual([
    'instrument "c": another view or instrument has a metric with the same name; rename one with a view: { instrumentName: "c", name: "c.2" }',
  ]);
});

test("a dropped stream conflicts with nothing", async () => {
  const drop = { aggregation: { type: AggregationType.DROP } } as const;
  const { meter, points } = ourProvider({
    views: [{ instrumentName: "c" }, { instrumentName: "*", ...drop }],
  });
  const warnings = collectWarnings();
  meter.createCounter("c").add(1);
  const other = meter.createCounter("other");
  other.add(1);
  expect(warnings).toEqual([]);
  expect(await points("c")).toEqual([[{}, 1]]);
  expect(await points("other")).toEqual([]);
  expect(other.enabled()).toBe(false);
});
