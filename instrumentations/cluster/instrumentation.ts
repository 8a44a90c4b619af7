// The workers of `node:cluster`, by what the cluster and its workers emit.
import cluster, { Worker } from "node:cluster";
import { Coordination } from "../../src/facades/index.ts";
import { LibraryInstrumentation, nodeExitCounter, type Recording } from "../shared/index.ts";
import { ClusterMessages } from "./messages.ts";
import { ClusterWorkers } from "./workers.ts";
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
  const messages = new ClusterMessages(coordination, recording);
  if (cluster.isPrimary) {
    const workers = new ClusterWorkers(coordination, nodeExitCounter(recording.meter));
    recording.before(cluster, "emit", (_, args) => workers.observe(args));
    recording.onEnd(() => workers.end());
    for (const worker of Object.values(cluster.workers ?? {})) if (worker) workers.found(worker);
    messages.countSent(Worker.prototype);
  } else {
    messages.countSent(process);
  }
  messages.countReceived(Worker.prototype);
}
