import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/** The instrumentation of `aws-sqs`. `destination` names the queue of a URL; default: the queue's name at its end. */
export const awsSqs: Instrumented<MessagingConfig> = {
  name: "aws_sqs",
  options: MESSAGING_OPTIONS,
  // What the clients are made of, since of their own package nothing but the entry is loaded.
  files: [
    { library: "@smithy/core", path: "dist-cjs/submodules/client/index.js", versions: [">=3.24.0 <4"] },
    { library: "@smithy/smithy-client", versions: [">=3.0.0 <6"] },
  ],
  // It was in an entry before, too, but in one that the clients' package requires.
  needsLoaderHook: () => false,
};
