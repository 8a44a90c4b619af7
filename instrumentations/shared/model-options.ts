import type { GenAi } from "../../src/facades/index.ts";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import { functionOption, type OptionChecks } from "./options.ts";

/** Options of the instrumentations of models. */
export interface ModelConfig extends InstrumentationConfig {
  /** Returns the facade to record into, at the first call; by default one on the instrumentation's meter provider. */
  genAi?: () => GenAi;
}

/** The options of the instrumentations of models. */
export const MODEL_OPTIONS: OptionChecks<ModelConfig> = {
  genAi: functionOption("a function that returns a GenAi"),
};
