import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

/** The instrumentation of the connections of undici, and of Node's `fetch`, which uses it. */
export const undici: Instrumented<InstrumentationConfig> = {
  name: "undici",
  options: {},
  files: [],
  channels: ["undici:client:connected", "undici:request:create"],
};
