// The measured instrumentations, each on one of the two SDKs, or none.
import * as upstream from "@opentelemetry/sdk-metrics";
import { fromBuild } from "../build.js";
import { PullReader } from "../contenders.js";

/** The contenders: no instrumentation, the instrumentation on our SDK, and the same one on upstream's. */
export const contenders = ["none", "tachymeter", "upstream"];

const tables = {
  "ai-sdk": "aiSdk",
  amqplib: "amqplib",
  ioredis: "ioredis",
  mqtt: "mqtt",
  openai: "openai",
  "worker-threads": "workerThreads",
  piscina: "piscina",
};

/**
 * Enables an instrumentation, before its library is loaded. Returns an object whose `count` returns the number of
 * recordings of a metric.
 */
export async function enable(library, contender) {
  if (contender === "none") return { count: async () => undefined };
  const reader = new PullReader();
  const { MeterProvider } = contender === "upstream" ? upstream : await fromBuild("engine/index.js");
  const provider = new MeterProvider({ readers: [reader] });
  const { LibraryInstrumentation } = await fromBuild("../instrumentations/shared/library-instrumentation.js");
  const table = (await fromBuild(`../instrumentations/${library}/index.js`))[tables[library]];
  const { begin } = await fromBuild(`../instrumentations/${library}/instrumentation.js`);
  const hook = new LibraryInstrumentation(table, {}, () => begin);
  hook.setMeterProvider(provider);
  return {
    async count(name) {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors, "collecting failed");
      const points = resourceMetrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .filter((metric) => metric.descriptor.name === name)
        .flatMap((metric) => metric.dataPoints);
      return points.reduce((sum, { value }) => sum + (value.count ?? value), 0);
    },
  };
}
