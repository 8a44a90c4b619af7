// The workers of `node:cluster`, by what the cluster and its workers emit.
import cluster, { Worker } from "node:cluster";
import { Coordination } from "../../src/facades/index.ts";
import { counter, LibraryInstrumentation, type Recording } from "../shared/index.ts";
import { ClusterWorkers, countReceived, countSent } from "./workers.ts";
import { type ClusterInstrumentationConfig, cluster as instrumented } from "./index.ts";

/**
 * Records the workers of a cluster, and the messages between them and their primary.
 *
 * @example
 * new ClusterInstrumentation({ coordination });
 */
export class ClusterInstrumentation extends LibraryInstrumentation<ClusterInstrumentationConfig> {
  constructor(config: ClusterInstrumentationConfig = {}) {
    super(instrumented, config, () => begin);
  }
}

/** Begins to record. */
// Their `emit` instead of listeners of ours, which would be seen in `listenerCount`.
export function begin(recording: Recording<ClusterInstrumentationConfig>): undefined {
  const coordination =
    recording.config.coordination ?? new Coordination({ meterProvider: recording.meterProvider });
  if (cluster.isPrimary) {
    const workers = new ClusterWorkers(coordination, counter(recording.meter, "coordination.node.exits"));
    recording.before(cluster, "emit", (_, args) => workers.observe(args));
    recording.onEnd(() => workers.end());
    for (const worker of Object.values(cluster.workers ?? {})) if (worker) workers.found(worker);
    countSent(recording, coordination, Worker.prototype);
  } else {
    countSent(recording, coordination, process);
  }
  countReceived(recording, coordination, Worker.prototype);
}
