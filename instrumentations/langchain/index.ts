import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";

const library = "@langchain/core";
const versions = [">=1.0.0 <2"];

function bothModules(path: string): readonly InstrumentedFile[] {
  return [
    { library, path: `${path}.cjs`, versions },
    { library, path: `${path}.js`, isModule: true, versions },
  ];
}

/** The instrumentation of `@langchain/core`. */
export const langchain: Instrumented<ModelConfig> = {
  name: "langchain",
  options: MODEL_OPTIONS,
  files: [...bothModules("dist/language_models/chat_models"), ...bothModules("dist/tools/index")],
};
