import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { SMITHY_CLIENTS } from "../shared/smithy-clients.ts";

/** The instrumentation of all clients of Amazon's SDK. */
export const awsSdk: Instrumented<InstrumentationConfig> = {
  name: "aws_sdk",
  options: {},
  files: SMITHY_CLIENTS,
  needsLoaderHook: () => false,
};
