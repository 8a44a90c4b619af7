import type { Instrumented } from "../shared/instrumented.ts";
import { NODES_OPTIONS, type NodesConfig } from "../shared/option-sets.ts";

/** The instrumentation of `node:cluster`. */
export const cluster: Instrumented<NodesConfig> = { name: "cluster", options: NODES_OPTIONS, files: [] };
