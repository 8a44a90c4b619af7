import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";
import { SMITHY_CLIENTS } from "../shared/smithy-clients.ts";

/**
 * The instrumentation of `aws-sqs`. `destination` names the queue of a URL; default: the queue name at the end of the
 * URL.
 */
export const awsSqs: Instrumented<MessagingConfig> = {
  name: "aws_sqs",
  options: MESSAGING_OPTIONS,
  files: SMITHY_CLIENTS,
  // Older versions define the class in an entry too, but the clients' package requires that entry.
  needsLoaderHook: () => false,
};
