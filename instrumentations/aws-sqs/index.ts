import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/**
 * The instrumentation of `aws-sqs`. `destination` names the queue of a URL; default: the queue name at the end of the
 * URL.
 */
export const awsSqs: Instrumented<MessagingConfig> = {
  name: "aws_sqs",
  options: MESSAGING_OPTIONS,
  // Dependencies that define the clients: of the clients' own package only the entry is loaded.
  files: [
    {
      library: "@smithy/core",
      path: "dist-cjs/submodules/client/index.js",
      bundled: "dist-es/submodules/client/smithy-client/client.js",
      versions: [">=3.24.0 <4"],
    },
    { library: "@smithy/smithy-client", bundled: "dist-es/client.js", versions: [">=3.0.0 <6"] },
  ],
  // Older versions define the class in an entry too, but the clients' package requires that entry.
  needsLoaderHook: () => false,
};
