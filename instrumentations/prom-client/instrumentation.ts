import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import { LogOnce } from "../../src/diagnostics/log-once.ts";
import { bridgeRegistry, openBridge, readRegistry } from "../../src/prom-client/bridge/bridge.ts";
import { prototypeOf } from "../shared/exports.ts";
import type { Attach } from "../shared/instrumented.ts";
import { counter } from "../shared/instruments.ts";
import type { Recording } from "../shared/recording.ts";

// By these, registries are found that had metrics before.
const READING = ["metrics", "getMetricsAsJSON"];

/** Lets the metrics of prom-client's registries join the collections of the running SDK. */
export function begin(recording: Recording<InstrumentationConfig>): Attach {
  const failures = counter(recording.meter, "prom_client.collect.failures");
  const once = new LogOnce();
  recording.onEnd(
    openBridge((name, error) => {
      failures.add(1, { "error.type": error instanceof Error ? error.name : "_OTHER" });
      once.error(
        name,
        () => `metric "${name}" of prom-client is left out of collections in which it cannot be read`,
        error,
      );
    }),
  );
  return (exports) => {
    const prototype = prototypeOf(exports);
    // Called by the constructor of each metric.
    recording.before(prototype, "registerMetric", (registry, metric) => bridgeRegistry(registry, metric));
    for (const name of READING) recording.before(prototype, name, (registry) => readRegistry(registry));
    bridgeRegistry(Reflect.get(Object(exports), "globalRegistry"));
  };
}
