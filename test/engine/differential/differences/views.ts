// Differences in views.
import {
  AggregationType,
  createAllowListAttributesProcessor,
  DataPointType,
  type ViewOptions,
} from "tachymeter/metrics";
import { pulled, PulledReader } from "../../pulled.ts";
import type { Difference } from "./difference.ts";

/** The rows. */
export const ofViews: readonly Difference[] = [
  {
    name: "ignores the reader's aggregation and limit if a view sets none",
    section: "Metrics SDK, Stream configuration",
    words:
      "If the user does not provide an aggregation value, the MeterProvider MUST apply a default aggregation " +
      "configurable on the basis of instrument type according to the MetricReader instance. […] If the user does not " +
      "provide an aggregation_cardinality_limit value, the MeterProvider MUST apply the default aggregation " +
      "cardinality limit the MetricReader is configured with.",
    handling: "programs with such a view and such a reader's aggregation are compared only with the model",
    show: async (makeProvider) => {
      const type = AggregationType.EXPONENTIAL_HISTOGRAM;
      const reader = new PulledReader({
        aggregationSelector: () => ({ type }),
        cardinalitySelector: () => 2,
      });
      const { meter, metrics } = pulled(makeProvider, [{ instrumentName: "h", description: "d" }], reader);
      const histogram = meter.createHistogram("h");
      for (let i = 0; i < 9; i++) histogram.record(1, { i });
      return (await metrics()).map(({ dataPointType, dataPoints }) => [dataPointType, dataPoints.length]);
    },
    upstream: [[DataPointType.HISTOGRAM, 9]],
    ours: [[DataPointType.EXPONENTIAL_HISTOGRAM, 3]],
  },
  {
    name: "counts measurements twice if two views of one name select them",
    section: "Metrics SDK, Measurement processing",
    words:
      "Try to apply the View's stream configuration independently of any other Views registered for the same matching " +
      "Instrument. […] If applying the View results in conflicting metric identities the implementation SHOULD apply " +
      "the View and emit a warning.",
    handling: "every stream of a program has its own name",
    show: async (makeProvider) => {
      const views: ViewOptions[] = [
        { instrumentName: "*", attributesProcessors: [createAllowListAttributesProcessor(["a"])] },
        { instrumentName: "c", attributesProcessors: [createAllowListAttributesProcessor(["b"])] },
      ];
      const { meter, points } = pulled(makeProvider, views);
      meter.createCounter("c").add(1, { a: 1, b: 2 });
      return points("c");
    },
    upstream: [[{ a: 1 }, 2]],
    ours: [
      [{ a: 1 }, 1],
      [{ b: 2 }, 1],
    ],
  },
  {
    name: "supports one asterisk in a selector, and no question mark",
    section: "Metrics SDK, Instrument selection criteria",
    words:
      "A question mark (?): matches any single character. An asterisk (*): matches any number of any characters " +
      "including none.",
    handling: "selectors of programs end in their only asterisk",
    show: async (makeProvider) => {
      const drop = { type: AggregationType.DROP } as const;
      const views = ["h*.d*n", "job?"].map((instrumentName) => ({ instrumentName, aggregation: drop }));
      const { meter, metrics } = pulled(makeProvider, views);
      for (const name of ["http.duration", "jobs", "jobless"]) meter.createCounter(name).add(1);
      return (await metrics()).map(({ descriptor }) => descriptor.name);
    },
    upstream: ["http.duration", "jobs", "jobless"],
    ours: ["jobless"],
  },
  {
    name: "selects meters without a schema URL by any schema URL",
    section: "Metrics SDK, Instrument selection criteria",
    words:
      "If the value of meter_schema_url is the same schema URL as the Meter that created an Instrument, then the " +
      "criterion matches that Instrument.",
    handling: "programs do not select by schema URL",
    show: async (makeProvider) => {
      const { meter, metrics } = pulled(makeProvider, [
        { meterSchemaUrl: "https://a", description: "selected" },
      ]);
      meter.createCounter("c").add(1);
      return (await metrics()).map(({ descriptor }) => descriptor.description);
    },
    upstream: ["selected"],
    ours: [""],
  },
];
