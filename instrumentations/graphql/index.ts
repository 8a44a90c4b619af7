import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { NAMING_OPTIONS, type NamingConfig } from "../shared/options.ts";

/** `name` names an operation; default: its own name in the document. */
export interface GraphqlConfig extends InstrumentationConfig, NamingConfig {}

const library = "graphql";
export const REPLACED: readonly string[] = ["execute", "executeSync"];

/** The instrumentation of `graphql`. */
export const graphql: Instrumented<GraphqlConfig> = {
  name: "graphql",
  options: NAMING_OPTIONS,
  // From version 17 on the package publishes its operations. Its ES modules need not be seen.
  files: [
    {
      library,
      path: "execution/execute.js",
      bundled: "execution/execute.mjs",
      replaces: REPLACED,
      versions: [">=16.0.0 <17"],
    },
    { library, versions: [">=17.0.0 <18"] },
  ],
  channels: ["tracing:graphql:execute:start"],
  publishedSince: "17.0.0",
  needsLoaderHook: () => false,
};
