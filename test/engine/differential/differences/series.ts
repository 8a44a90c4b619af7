// Differences in which series there are and what they hold.
import { AggregationType } from "tachymeter/metrics";
import { callWith } from "../../../facades/call-with.ts";
import { deltaReader, metricsOf, pointsOf, pulled } from "../../pulled.ts";
import type { Difference } from "./difference.ts";

/** The rows. */
export const ofSeries: readonly Difference[] = [
  {
    name: "overflows with as many series as the limit allows",
    section: "Metrics SDK, Overflow attribute",
    words:
      "The SDK MUST provide the guarantee that overflow would not happen if the maximum number of distinct, " +
      "non-overflow attribute sets is less than or equal to the limit.",
    handling: "upstream has no limits; the model assigns measurements to the overflow series itself",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider, [
        { instrumentName: "*", aggregationCardinalityLimit: 3 },
      ]);
      const counter = meter.createCounter("c");
      for (let i = 0; i < 3; i++) counter.add(1, { i });
      return (await points("c")).map(([attributes]) => attributes);
    },
    upstream: [{ i: 0 }, { i: 1 }, { "otel.metric.overflow": true }],
    ours: [{ i: 0 }, { i: 1 }, { i: 2 }],
  },
  {
    name: "keeps more series than the limit with cumulative collections",
    section: "Metrics SDK, Cardinality limits",
    words:
      "For a given metric, the cardinality limit is a hard limit on the number of Metric Points that can be collected " +
      "during a collection cycle.",
    handling: "as for overflows with as many series as the limit allows",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider, [
        { instrumentName: "*", aggregationCardinalityLimit: 3 },
      ]);
      const counter = meter.createCounter("c");
      const counts: number[] = [];
      for (let i = 0; i < 8; i += 2) {
        counter.add(1, { i });
        counter.add(1, { i: i + 1 });
        counts.push((await points("c")).length);
      }
      return counts;
    },
    upstream: [2, 4, 6, 8],
    ours: [2, 4, 4, 4],
  },
  {
    name: "is corrupted permanently by values that are not finite",
    section: "Metrics SDK, Numerical limits handling",
    words:
      "If the SDK receives float/double values from Instruments, it MUST handle all the possible values. For example, " +
      "if the language runtime supports IEEE 754, the SDK needs to handle NaNs and Infinites.",
    handling:
      "upstream receives NaN and infinities only for gauges, except for gauges that a view turns into sums",
    show: async (makeProvider) => {
      const { meter, collect } = pulled(makeProvider);
      const [counter, histogram] = [meter.createCounter("c"), meter.createHistogram("h")];
      for (const value of [1, NaN, 2]) counter.add(value);
      for (const value of [1, Infinity, 2]) histogram.record(value);
      const { resourceMetrics } = await collect();
      return ["c", "h"].flatMap((name) =>
        pointsOf(resourceMetrics, name).map(([, value]) => Object(value).sum ?? value),
      );
    },
    upstream: [NaN, Infinity],
    ours: [3, 3],
  },
  {
    name: "counts attributes that are undefined",
    section: "Common, Attribute",
    words:
      "Attributes are equal when their keys and values are equal. (Of empty values the same page says that they are " +
      "meaningful, as ours keeps null; upstream takes undefined and null, and NaN too, for one. Leaving undefined out is " +
      "our choice.)",
    handling: "upstream receives only attributes that are not undefined",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider);
      const counter = meter.createCounter("c");
      for (const a of [undefined, null, NaN]) callWith(counter, "add", 1, { a });
      counter.add(1);
      return (await points("c")).map(([attributes, value]) => [Object.keys(attributes), value]);
    },
    upstream: [
      [["a"], 3],
      [[], 1],
    ],
    ours: [
      [[], 2],
      [["a"], 1],
      [["a"], 1],
    ],
  },
  {
    name: "lowers the scale of exponential histograms with zeros, or with one sign, when it collects them again",
    section: "Metrics SDK, Maintain the ideal scale",
    words:
      "Implementations SHOULD adjust the histogram scale as necessary to maintain the best resolution possible, within " +
      "the constraint of maximum size (max number of buckets).",
    handling: "if zeros or negative values were recorded, ours is downscaled to upstream's scale",
    show: async (makeProvider) => {
      const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
      const { meter, points } = pulled(makeProvider, [{ instrumentName: "*", aggregation }]);
      const [zeros, signs] = [meter.createHistogram("zeros"), meter.createUpDownCounter("signs")];
      zeros.record(0);
      signs.add(-1);
      await points("zeros");
      zeros.record(3);
      signs.add(1.5);
      return [...(await points("zeros")), ...(await points("signs"))].map(([, value]) => Object(value).scale);
    },
    upstream: [0, 8],
    ours: [20, 20],
  },
  {
    name: "exports later changes of an attributes object",
    section: "Common, Attribute",
    words: "Attributes are equal when their keys and values are equal.",
    handling: "attributes of programs are not changed",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider);
      const counter = meter.createCounter("c");
      const attributes = { route: "/a", tags: ["x"] };
      counter.add(1, attributes);
      attributes.route = "/b";
      attributes.tags.push("y");
      counter.add(2, attributes);
      return points("c");
    },
    upstream: [
      [{ route: "/b", tags: ["x", "y"] }, 1],
      [{ route: "/b", tags: ["x", "y"] }, 2],
    ],
    ours: [
      [{ route: "/a", tags: ["x"] }, 1],
      [{ route: "/b", tags: ["x", "y"] }, 2],
    ],
  },
  {
    name: "starts a new delta series with its first measurement",
    section: "Metrics SDK, Start timestamps",
    words:
      "For delta aggregations, the start timestamp MUST equal the previous collection interval's timestamp, or the " +
      "creation time of the instrument if this is the first collection interval for the instrument.",
    handling: "times are not compared",
    show: async (makeProvider) => {
      const { meter, collect } = pulled(makeProvider, [], deltaReader());
      const counter = meter.createCounter("c");
      counter.add(1, { a: 1 });
      const first = metricsOf((await collect()).resourceMetrics)[0]?.dataPoints[0];
      await new Promise((resolve) => setTimeout(resolve, 5));
      counter.add(1, { a: 2 });
      const second = metricsOf((await collect()).resourceMetrics)[0]?.dataPoints[0];
      return JSON.stringify(second?.startTime) === JSON.stringify(first?.endTime);
    },
    upstream: false,
    ours: true,
  },
];
