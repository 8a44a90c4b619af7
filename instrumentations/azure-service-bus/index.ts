import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/**
 * The instrumentation of `@azure/service-bus`. `destination` names an entity by its path; default: that path itself.
 */
export const azureServiceBus: Instrumented<MessagingConfig> = {
  name: "azure_service_bus",
  options: MESSAGING_OPTIONS,
  // The entry, since the package consists of one file.
  files: [
    {
      library: "@azure/service-bus",
      bundled: "dist-esm/src/serviceBusClient.js",
      versions: [">=7.9.3 <8"],
    },
  ],
};
