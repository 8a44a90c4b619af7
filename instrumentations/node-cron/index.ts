import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/** Functions that schedule a job. */
export const SCHEDULING = ["createTask", "schedule"] as const;

/** The instrumentation of `node-cron`. `destination` names a task; default: its own name, or its expression. */
export const nodeCron: Instrumented<MessagingConfig> = {
  name: "node_cron",
  options: MESSAGING_OPTIONS,
  // The default export has functions of its own.
  files: [{ library: "node-cron", replaces: [...SCHEDULING, "default"], versions: [">=4.0.7 <5"] }],
};
