import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

function bothModules(
  path: string,
  library = "@langchain/core",
  versions: readonly string[] = [">=1.0.0 <2"],
): readonly InstrumentedFile[] {
  return [
    { library, path: `${path}.cjs`, versions },
    { library, path: `${path}.js`, isModule: true, versions },
  ];
}

/** The instrumentation of `@langchain/core`, and of the agents of `langchain`. */
export const langchain: Instrumented<ModelConfig> = {
  name: "langchain",
  options: MODEL_OPTIONS,
  files: [
    ...bothModules("dist/language_models/chat_models"),
    ...bothModules("dist/tools/index"),
    ...bothModules("dist/agents/ReactAgent", "langchain", [">=1.0.1 <2"]),
  ],
};
