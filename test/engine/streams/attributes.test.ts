import { type Attributes, type Context, createContextKey, diag, ROOT_CONTEXT } from "@opentelemetry/api";
import {
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  type IAttributesProcessor,
  type ViewOptions,
} from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { ourProvider } from "../our-provider.ts";

afterEach(() => diag.disable());

const recorded: Attributes = { "http.route": "/", "http.method": "GET", user: 1, tenant: "x" };

test.each<[string, readonly IAttributesProcessor[], Attributes]>([
  ["an allow list keeps what is listed", [createAllowListAttributesProcessor(["user", "none"])], { user: 1 }],
  [
    "an allow list takes wildcards",
    [createAllowListAttributesProcessor(["http.*", "te?ant"])],
    { "http.route": "/", "http.method": "GET", tenant: "x" },
  ],
  ["an allow list of nothing keeps nothing", [createAllowListAttributesProcessor([])], {}],
  [
    "a deny list leaves out what is listed",
    [createDenyListAttributesProcessor(["http.route", "http.method", "none"])],
    { user: 1, tenant: "x" },
  ],
  ["a deny list takes wildcards", [createDenyListAttributesProcessor(["http*", "?ser"])], { tenant: "x" }],
  [
    "several lists all apply",
    [createAllowListAttributesProcessor(["http.*", "user"]), createDenyListAttributesProcessor(["*.method"])],
    { "http.route": "/", user: 1 },
  ],
  [
    "lists apply beside a processor of one's own",
    [
      { process: (incoming: Attributes) => ({ ...incoming, added: true }) },
      createAllowListAttributesProcessor(["added", "tenant"]),
    ],
    { added: true, tenant: "x" },
  ],
])("%s", async (_, processors, kept) => {
  const views = [{ instrumentName: "*", attributesProcessors: [...processors] }];
  const { meter, points } = ourProvider({ views });
  const counter = meter.createCounter("c");
  counter.add(1, recorded);
  counter.bind(recorded).add(1);
  counter.add(1, { ...kept });
  meter.createObservableGauge("g").addCallback((result) => result.observe(5, recorded));
  expect(await points("c")).toEqual([[kept, 3]]);
  expect(await points("g")).toEqual([[kept, 5]]);
});

test("advised attributes are kept if no view lists any", async () => {
  const views: ViewOptions[] = [
    { instrumentName: "viewed", attributesProcessors: [createAllowListAttributesProcessor(["tenant"])] },
    { instrumentName: "described", description: "No list." },
  ];
  const { meter, points } = ourProvider({ views });
  const options = { advice: { attributes: ["user"] } };
  for (const name of ["plain", "viewed", "described"]) meter.createCounter(name, options).add(1, recorded);
  expect(await points("plain")).toEqual([[{ user: 1 }, 1]]);
  expect(await points("viewed")).toEqual([[{ tenant: "x" }, 1]]);
  expect(await points("described")).toEqual([[{ user: 1 }, 1]]);
});

test("invalid advice is ignored, with a warning", async () => {
  const warnings = collectWarnings();
  const { meter, points } = ourProvider();
  const advice = { attributes: "user", explicitBucketBoundaries: [NaN] };
  Reflect.apply(meter.createHistogram.bind(meter), meter, ["h", { advice }]).record(1, { user: 1 });
  expect(warnings).toEqual([
    'instrument "h": advised boundaries must be a list of numbers, got [ NaN ]; they are ignored; this is logged once',
    'instrument "h": advised attributes must be a list of keys; they are ignored; this is logged once',
  ]);
  expect(await points("h")).toMatchObject([[{ user: 1 }, { count: 1 }]]);
});

test("a custom processor receives the active context, or that of the measurement", async () => {
  const contexts: (Context | undefined)[] = [];
  const spy: IAttributesProcessor = {
    process(incoming, context) {
      contexts.push(context);
      return incoming;
    },
  };
  const views = [{ instrumentName: "*", attributesProcessors: [spy] }];
  const { meter, collect } = ourProvider({ views });
  const given = ROOT_CONTEXT.setValue(createContextKey("k"), 1);
  meter.createCounter("c").add(1, {});
  meter.createCounter("c").add(1, {}, given);
  meter.createObservableGauge("g").addCallback((result) => result.observe(5));
  await collect();
  expect(contexts).toEqual([ROOT_CONTEXT, given, undefined]);
});

test("a measurement whose processor throws is dropped and counted", async () => {
  const fail: IAttributesProcessor = {
    process: () => {
      throw new Error("broken");
    },
  };
  const warnings = collectWarnings();
  const { meter, points } = ourProvider({
    views: [{ instrumentName: "c", attributesProcessors: [fail] }],
    sdkMetricsEnabled: true,
  });
  const counter = meter.createCounter("c");
  counter.add(1);
  counter.bind({ a: 1 }).add(1);
  expect(await points("c")).toEqual([]);
  expect(await points("telemetry.dropped")).toEqual([[{ reason: "processor_error" }, 2]]);
  expect(warnings).toHaveLength(1);
});

test("a processor that throws for every instrument also throws for the provider's own instruments", async () => {
  const fail: IAttributesProcessor = {
    process: () => {
      throw new Error("broken");
    },
  };
  const warnings = collectWarnings();
  const { meter, points } = ourProvider({
    views: [{ instrumentName: "*", attributesProcessors: [fail] }],
    sdkMetricsEnabled: true,
  });
  meter.createCounter("c").add(1);
  meter.createObservableGauge("g").addCallback((result) => result.observe(1));
  expect(await points("c")).toEqual([]);
  expect(await points("g")).toEqual([]);
  expect(warnings.map((warning) => /^instrument "(.*?)"/.exec(warning)?.[1])).toEqual([
    "telemetry.dropped",
    "c",
    "g",
    "otel.sdk.metric_reader.collection.duration",
  ]);
});
