import type { InstrumentedFile, Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

const library = "cohere-ai";
const versions = [">=8.0.0 <9"];

/** The file with the function that sends all requests. */
export const FETCHER: InstrumentedFile = {
  library,
  path: "core/fetcher/Fetcher.js",
  replaces: ["fetcher"],
  versions,
};

/** The instrumentation of `cohere-ai`. */
export const cohere: Instrumented<ModelConfig> = {
  name: "cohere",
  options: MODEL_OPTIONS,
  files: [FETCHER, { library, path: "core/stream/Stream.js", versions }],
  // The package has CommonJS alone, and its entry requires both files.
  needsLoaderHook: () => false,
};
