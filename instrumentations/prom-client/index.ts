import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `prom-client`: the metrics of its registries join our collections. */
export const promClient: Instrumented<InstrumentationConfig> = {
  name: "prom_client",
  options: {},
  files: [
    { library: "prom-client", path: "lib/registry.js", versions: [">=14.0.0 <16"] },
    // Its successor, of the Prometheus authors, and a fork that fastify-metrics prefers.
    { library: "@prometheus-io/client", path: "lib/registry.js", versions: [">=0.16.0 <1"] },
    { library: "@platformatic/prom-client", path: "lib/registry.js", versions: [">=1.0.0 <2"] },
  ],
  attachesLate: true,
  endsLast: true,
};
