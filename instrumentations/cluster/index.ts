import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Coordination } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { COORDINATION } from "../shared/option-sets.ts";

/** What the instrumentation of `node:cluster` takes. */
export interface ClusterInstrumentationConfig extends InstrumentationConfig {
  /** Where it is recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/** Files and options of the instrumentation of `cluster`. */
export const cluster: Instrumented<ClusterInstrumentationConfig> = {
  name: "cluster",
  options: { coordination: COORDINATION },
  files: [],
};
