// Differences in observations.
import { AggregationType, createAllowListAttributesProcessor, DataPointType } from "tachymeter/metrics";
import { deltaReader, pointsOf, pulled } from "../../pulled.ts";
import type { Difference } from "./difference.ts";

/** The rows. */
export const ofObservations: readonly Difference[] = [
  {
    name: "loses observations that overflow",
    section: "Metrics SDK, Overflow attribute",
    words:
      "The SDK MUST create an Aggregator with the overflow attribute set prior to reaching the cardinality limit and " +
      "use it to aggregate Measurements for which the correct Aggregator could not be created.",
    handling: "the model limits and adds up the observations before it passes them to upstream",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider, [
        { instrumentName: "*", aggregationCardinalityLimit: 4 },
      ]);
      meter.createObservableCounter("c").addCallback((result) => {
        for (let i = 0; i < 10; i++) result.observe(1, { i });
      });
      return (await points("c")).reduce((total, [, value]) => total + Number(value), 0);
    },
    upstream: 4,
    ours: 10,
  },
  {
    name: "exports for ever a series that was observed once",
    section: "Metrics SDK, MetricReader",
    words:
      "For asynchronous instruments with Delta or Cumulative aggregation temporality, MetricReader.Collect MUST only " +
      "receive data points with measurements recorded since the previous collection.",
    handling: "points of series that were not observed for the collection are removed from upstream's",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider);
      let job = 0;
      meter.createObservableGauge("g").addCallback((result) => result.observe(1, { job: ++job }));
      await points("g");
      return (await points("g")).map(([attributes]) => attributes);
    },
    upstream: [{ job: 1 }, { job: 2 }],
    ours: [{ job: 2 }],
  },
  {
    name: "exports to a reader the observations for another one",
    section: "Metrics SDK, Observations inside asynchronous callbacks",
    words:
      "Callback functions MUST be invoked for the specific MetricReader performing collection, such that observations " +
      "made or produced by executing callbacks only apply to the intended MetricReader during collection.",
    handling: "upstream runs programs with observable instruments once for each reader alone",
    show: async (makeProvider) => {
      const readers = [deltaReader(), deltaReader()];
      let job = 0;
      const gauge = makeProvider({ readers }).getMeter("test").createObservableGauge("g");
      gauge.addCallback((result) => result.observe(1, { job: ++job }));
      await readers[0]!.collect();
      return pointsOf((await readers[1]!.collect()).resourceMetrics, "g").map(([attributes]) => attributes);
    },
    upstream: [{ job: 1 }, { job: 2 }],
    ours: [{ job: 2 }],
  },
  {
    name: "keeps one of the observations that a view makes equal",
    section: "Supplementary guidelines, Asynchronous example: attribute removal in a view",
    words:
      "For each metric stream, two measurements are produced covering the same interval of time, which the SDK is " +
      "expected to aggregate before producing the output.",
    handling: "the model filters and adds up the observations before it passes them to upstream",
    show: async (makeProvider) => {
      const attributesProcessors = [createAllowListAttributesProcessor([])];
      const { meter, points } = pulled(makeProvider, [{ instrumentName: "faults", attributesProcessors }]);
      meter.createObservableCounter("faults").addCallback((result) => {
        result.observe(50, { pid: 1001 });
        result.observe(30, { pid: 1002 });
      });
      return points("faults");
    },
    upstream: [[{}, 30]],
    ours: [[{}, 80]],
  },
  {
    name: "makes histograms of observations if a view sets them",
    section: "Metrics SDK, Measurement processing",
    words:
      "If applying the View would produce semantic errors (for example, configuring an asynchronous instrument to use " +
      "the Explicit bucket histogram aggregation), the implementation SHOULD emit a warning and proceed as if that " +
      "View did not exist.",
    handling: "views of programs do not do this",
    show: async (makeProvider) => {
      const aggregation = { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM } as const;
      const { meter, metrics } = pulled(makeProvider, [
        { instrumentName: "c", name: "renamed", aggregation },
      ]);
      meter.createObservableCounter("c").addCallback((result) => result.observe(1));
      return (await metrics()).map(({ descriptor, dataPointType }) => [descriptor.name, dataPointType]);
    },
    upstream: [["renamed", DataPointType.HISTOGRAM]],
    ours: [["c", DataPointType.SUM]],
  },
  {
    name: "exports zero if the total of a counter is negative",
    section: "Metrics API, Asynchronous Counter",
    words:
      "Asynchronous Counter is an asynchronous Instrument which reports monotonically increasing value(s) when the " +
      "instrument is being observed.",
    handling: "upstream receives no negative totals of counters",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider);
      meter.createObservableCounter("c").addCallback((result) => result.observe(-5));
      return points("c");
    },
    upstream: [[{}, 0]],
    ours: [],
  },
];
