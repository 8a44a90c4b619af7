import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { NAMING_OPTIONS, type NamingConfig } from "../shared/options.ts";

/** `name` names an operation; default: its own name in the document. */
export interface GraphqlConfig extends InstrumentationConfig, NamingConfig {}

const library = "graphql";
const EXECUTOR = "@graphql-tools/executor";
const EXECUTOR_MODULE = "esm/execution/execute.js";
const EXECUTOR_VERSIONS = [">=1.0.0 <3"];
const VERSION_16 = [">=16.0.0 <17"];
const EXECUTED = ["execute", "executeSync"];

/** The instrumentation of `graphql`, and of packages that execute its operations. */
export const graphql: Instrumented<GraphqlConfig> = {
  name: "graphql",
  options: NAMING_OPTIONS,
  // From version 17 on the package publishes its operations. Its ES modules need not be seen.
  files: [
    {
      library,
      path: "execution/execute.js",
      bundled: "execution/execute.mjs",
      replaces: EXECUTED,
      versions: VERSION_16,
    },
    {
      library,
      path: "language/parser.js",
      bundled: "language/parser.mjs",
      replaces: ["parse"],
      versions: VERSION_16,
    },
    {
      library,
      path: "validation/validate.js",
      bundled: "validation/validate.mjs",
      replaces: ["validate"],
      versions: VERSION_16,
    },
    { library, versions: [">=17.0.0 <18"] },
    {
      library: EXECUTOR,
      path: "cjs/execution/execute.js",
      bundled: EXECUTOR_MODULE,
      replaces: [...EXECUTED, "subscribe"],
      versions: EXECUTOR_VERSIONS,
    },
    // For ES modules that are not bundled.
    {
      library: EXECUTOR,
      bundled: EXECUTOR_MODULE,
      replaces: [...EXECUTED, "normalizedExecutor", "subscribe"],
      versions: EXECUTOR_VERSIONS,
    },
    { library: "graphql-jit", path: "dist/index.js", replaces: ["compileQuery"], versions: [">=0.8.0 <0.9"] },
  ],
  channels: [
    "tracing:graphql:execute:start",
    "tracing:graphql:parse:start",
    "tracing:graphql:validate:start",
  ],
  publishedSince: "17.0.0",
  needsLoaderHook: (_, imported) => imported === EXECUTOR,
};
