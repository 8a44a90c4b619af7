import type { Instrumented } from "../shared/instrumented.ts";
import { MODEL_OPTIONS, type ModelConfig } from "../shared/model-options.ts";
import { SMITHY_CLIENTS } from "../shared/smithy-clients.ts";

/** The instrumentation of `@aws-sdk/client-bedrock-runtime`. */
export const awsBedrock: Instrumented<ModelConfig> = {
  name: "aws_bedrock",
  options: MODEL_OPTIONS,
  files: SMITHY_CLIENTS,
  needsLoaderHook: () => false,
};
