// The specification's paragraph on view matching modes.
import { diag } from "@opentelemetry/api";
import {
  type AggregationOption,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  DataPointType,
  type ViewOptions,
} from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { metricsOf, ourProvider } from "../our-provider.ts";

afterEach(() => diag.disable());

const viewMatchingMode = "composable";
const sum = { type: AggregationType.SUM } as const;
const histogram: AggregationOption = {
  type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
  options: { boundaries: [1] },
};

test("views without a name make one stream together, in which the last setting wins", async () => {
  const views: ViewOptions[] = [
    { instrumentName: "h", aggregation: sum, description: "First." },
    { instrumentName: "*", description: "Last." },
    { instrumentName: "h", aggregation: histogram },
  ];
  const { meter, reader } = ourProvider({ views, viewMatchingMode });
  const warnings = collectWarnings();
  meter.createHistogram("h").record(1);
  expect(warnings).toEqual([]);
  expect(await metricsOf(reader)).toMatchObject([
    {
      descriptor: { name: "h", description: "Last." },
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [{ value: { buckets: { boundaries: [1] } } }],
    },
  ]);
});

test("each name makes a stream, in which views without a name take part", async () => {
  const views: ViewOptions[] = [
    { instrumentName: "h", name: "a" },
    { instrumentName: "h", aggregation: sum },
    { instrumentName: "h", name: "b", aggregation: histogram },
  ];
  const { meter, reader } = ourProvider({ views, viewMatchingMode });
  meter.createHistogram("h").record(1);
  const kinds = (await metricsOf(reader)).map(({ descriptor, dataPointType }) => [
    descriptor.name,
    dataPointType,
  ]);
  expect(kinds).toEqual([
    ["a", DataPointType.SUM],
    ["b", DataPointType.HISTOGRAM],
  ]);
});

test("an attribute is kept if every list allows it", async () => {
  const views: ViewOptions[] = [
    { instrumentName: "c", attributesProcessors: [createAllowListAttributesProcessor(["a", "b", "c"])] },
    { instrumentName: "*", attributesProcessors: [createDenyListAttributesProcessor(["b"])] },
    { instrumentName: "c", attributesProcessors: [createAllowListAttributesProcessor(["b", "c", "d"])] },
  ];
  const { meter, points } = ourProvider({ views, viewMatchingMode });
  meter.createCounter("c").add(1, { a: 1, b: 2, c: 3, d: 4 });
  expect(await points("c")).toEqual([[{ c: 3 }, 1]]);
});

test("an invalid setting is replaced by the previous one", async () => {
  const views: ViewOptions[] = [
    { instrumentName: "o", aggregation: { type: AggregationType.LAST_VALUE } },
    { instrumentName: "o", aggregation: histogram, description: "Kept." },
  ];
  const { meter, reader } = ourProvider({ views, viewMatchingMode });
  const warnings = collectWarnings();
  meter.createObservableCounter("o").addCallback((result) => result.observe(1));
  expect(warnings).toHaveLength(1);
  expect(await metricsOf(reader)).toMatchObject([
    { descriptor: { description: "Kept." }, dataPointType: DataPointType.GAUGE },
  ]);
});

test("invalid independent views are ignored", async () => {
  const { meter, reader } = ourProvider({
    views: [{ instrumentName: "o", aggregation: histogram, description: "Lost." }],
  });
  const warnings = collectWarnings();
  meter.createObservableCounter("o").addCallback((result) => result.observe(1));
  expect(warnings).toEqual([
    'instrument "o": a view sets a histogram for an observable instrument, so the view is ignored; use sum, last value or drop',
  ]);
  expect(await metricsOf(reader)).toMatchObject([
    { descriptor: { description: "" }, dataPointType: DataPointType.SUM },
  ]);
});

test("an instrument that no view selects has the default stream", async () => {
  const { meter, points } = ourProvider({ views: [{ instrumentName: "other" }], viewMatchingMode });
  meter.createCounter("c").add(1);
  expect(await points("c")).toEqual([[{}, 1]]);
});
