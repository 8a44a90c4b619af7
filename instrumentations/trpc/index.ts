import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of `@trpc/server`. */
export const trpc: Instrumented<InstrumentationConfig> = {
  name: "trpc",
  options: {},
  files: [{ library: "@trpc/server", versions: [">=10.9.0 <12"] }],
};
