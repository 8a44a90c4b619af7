// Differences in meters and instruments.
import { pulled } from "../../pulled.ts";
import type { Difference } from "./difference.ts";

/** The rows. */
export const ofInstruments: readonly Difference[] = [
  {
    name: "treats names that differ only in case as two",
    section: "Metrics SDK, Name conflict",
    words:
      "When this happens, the Meter MUST return an instrument using the first-seen instrument name and log an " +
      "appropriate error as described above.",
    handling: "names of programs differ in more than case",
    show: async (makeProvider) => {
      const { meter, metrics } = pulled(makeProvider);
      meter.createCounter("requestCount").add(1);
      meter.createCounter("RequestCount").add(2);
      return (await metrics()).map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]);
    },
    upstream: [
      ["requestCount", 1],
      ["RequestCount", 2],
    ],
    ours: [["requestCount", 3]],
  },
  {
    name: "loses the attributes of a meter",
    section: "Metrics API, Get a Meter",
    words: "attributes: Specifies the instrumentation scope attributes to associate with emitted telemetry.",
    handling: "meters of programs have no attributes",
    show: async (makeProvider) => {
      const { provider, collect } = pulled(makeProvider);
      const options: object = { attributes: { shard: 7 } };
      provider.getMeter("a", "", options).createCounter("c").add(1);
      const { resourceMetrics } = await collect();
      return resourceMetrics.scopeMetrics.map(({ scope }) => Object(scope).attributes);
    },
    upstream: [undefined],
    ours: [{ shard: 7 }],
  },
  {
    name: "ignores the advised attributes",
    section: "Metrics SDK, Instrument advisory parameter: Attributes",
    words:
      "If no View is configured, or if a matching view does not specify attribute keys, the advisory parameter should " +
      "be used.",
    handling: "instruments of programs have no such advice",
    show: async (makeProvider) => {
      const { meter, points } = pulled(makeProvider);
      const options: { advice: object } = { advice: { attributes: ["a"] } };
      meter.createCounter("c", options).add(1, { a: 1, b: 2 });
      return points("c");
    },
    upstream: [[{ a: 1, b: 2 }, 1]],
    ours: [[{ a: 1 }, 1]],
  },
];
