// The workers of `node:cluster`, by what the cluster and its workers emit.
import cluster, { Worker } from "node:cluster";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { Coordination } from "../../src/facades/index.ts";
import {
  COORDINATION,
  type InstrumentedFile,
  LibraryInstrumentation,
  nodeExitCounter,
  type OptionChecks,
  type Recording,
} from "../shared/index.ts";
import { ClusterMessages } from "./messages.ts";
import { ClusterWorkers } from "./workers.ts";

/** What the instrumentation of `node:cluster` takes. */
export interface ClusterInstrumentationConfig extends InstrumentationConfig {
  /** Where it is recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/**
 * Records the workers of a cluster, and the messages between them and their primary.
 *
 * @example
 * new ClusterInstrumentation({ coordination });
 */
export class ClusterInstrumentation extends LibraryInstrumentation<ClusterInstrumentationConfig> {
  static readonly options: OptionChecks<ClusterInstrumentationConfig> = { coordination: COORDINATION };

  constructor(config: ClusterInstrumentationConfig = {}) {
    super("cluster", config, ClusterInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [];
  }

  // Their `emit` instead of listeners of ours, which would be seen in `listenerCount`.
  protected override begin(recording: Recording<ClusterInstrumentationConfig>): undefined {
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
}
