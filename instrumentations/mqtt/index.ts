import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/**
 * The instrumentation of `mqtt`. `destination` names a topic; default: the topic with `+` in place of each level that
 * looks like an id.
 */
export const mqtt: Instrumented<MessagingConfig> = {
  name: "mqtt",
  options: MESSAGING_OPTIONS,
  // An inner file: a hook of `require` sees it even if an ES module imports the package.
  files: [{ library: "mqtt", path: "build/lib/client.js", versions: [">=5.0.2 <6"] }],
};
