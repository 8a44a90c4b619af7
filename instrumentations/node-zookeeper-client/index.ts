import type { Instrumented } from "../shared/instrumented.ts";
import { NODES_OPTIONS, type NodesConfig } from "../shared/options.ts";

/** The instrumentation of `node-zookeeper-client`. */
export const nodeZookeeperClient: Instrumented<NodesConfig> = {
  name: "node_zookeeper_client",
  options: NODES_OPTIONS,
  files: [{ library: "node-zookeeper-client", path: "lib/ConnectionManager.js", versions: [">=1.1.0 <2"] }],
};
