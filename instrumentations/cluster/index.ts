import type { Instrumented } from "../shared/instrumented.ts";
import { NODES_OPTIONS, type NodesConfig } from "../shared/options.ts";

/** The instrumentation of `node:cluster`. */
export const cluster: Instrumented<NodesConfig> = { name: "cluster", options: NODES_OPTIONS, files: [] };
