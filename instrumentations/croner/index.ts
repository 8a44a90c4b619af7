import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/** The instrumentation of `croner`. `destination` names a job; default: its own name, or its pattern. */
export const croner: Instrumented<MessagingConfig> = {
  name: "croner",
  options: MESSAGING_OPTIONS,
  files: [{ library: "croner", versions: [">=8.0.0 <12"] }],
};
