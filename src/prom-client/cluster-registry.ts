/** Metrics of a cluster, combined in its primary process, as in `@prometheus-io/client`. */
import type { Cluster, Worker } from "node:cluster";
import { createRequire } from "node:module";
import type { RegistryContentType } from "./content-type.ts";
import { Gathering, KIND, type Message } from "./gathering.ts";
import { isObject } from "./label-checks.ts";
import type { AnyRegistry } from "./metric-configuration.ts";
import { register, registriesFrom, Registry } from "./registry.ts";
import { shared } from "./state.ts";

/** The state of this process. With one for each copy of this module, a worker would answer several times. */
const state: { readonly gathering: Gathering; readonly workers: Map<number, Worker> } = shared(
  "cluster_workers",
  () => ({ gathering: new Gathering(), workers: new Map() }),
);

/**
 * A registry whose `clusterMetrics()` adds up the metrics of the primary and of all workers that have made such a
 * registry, too. Counts of workers that called `shutdown()` stay.
 */
export class ClusterRegistry<T extends RegistryContentType> extends Registry<T> {
  /** Sets the registries whose metrics this process adds. By default the global one. */
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void {
    state.gathering.registries = registriesFrom(regs);
  }

  /** Throws a `TypeError` if the content type is not one of the two. */
  constructor(regContentType?: T) {
    super(regContentType);
    joinWorkers(register);
  }

  /** Text of the metrics of all processes. Rejects if a worker fails, or does not answer within 5 seconds. */
  async clusterMetrics(): Promise<string> {
    const { gathering, workers } = state;
    const asked = [...workers.values()].filter((worker) => worker.isConnected());
    const ids = asked.map(({ id }) => id).toSorted((a, b) => a - b);
    return gathering.text({
      own: [gathering.own()],
      workers: ids,
      ask: (requestId) =>
        asked.forEach((worker) => tell(gathering, worker, { type: KIND.request, requestId })),
      combine: (metrics) => Registry.aggregate(metrics, this.contentType),
    });
  }

  /**
   * Waits for requests under way. Without any, a worker sends its sums to the primary, which keeps them. Rejects if the
   * primary does not have them within `timeout` milliseconds, by default 5,000. To be called before `process.exit()`.
   */
  async shutdown(timeout = 5000): Promise<void> {
    await state.gathering.end(cluster().isPrimary, timeout, send);
  }
}

/** The module of clusters, which some servers cannot load. */
export function cluster(): Cluster {
  return createRequire(import.meta.url)("node:cluster");
}

/** Takes part in the cluster. Without `setRegistries()`, the metrics are those of the first `registry`. */
export function joinWorkers(registry: AnyRegistry): void {
  const { gathering, workers } = state;
  gathering.registries ??= [registry];
  if (gathering.isListening) return;
  gathering.isListening = true;
  if (cluster().isPrimary) {
    cluster().on("message", (worker: Worker, message: unknown) => receive(worker, message));
    cluster().on("disconnect", ({ id }: Worker) => workers.delete(id));
    for (const worker of Object.values(cluster().workers ?? {}))
      if (worker?.isConnected() === true) tell(gathering, worker, { type: KIND.announcement });
  } else {
    process.on("message", answer);
    send({ type: KIND.announcement });
  }
}

function receive(worker: Worker, message: unknown): void {
  const { gathering, workers } = state;
  if (!isObject(message)) return;
  if (message["type"] === KIND.announcement) workers.set(worker.id, worker);
  else if (message["type"] === KIND.response) gathering.answered(worker.id, message);
  else if (message["type"] === KIND.goodbye && workers.delete(worker.id)) {
    tell(gathering, worker, { type: KIND.acknowledgement, requestId: message["requestId"] });
    gathering.keep(message["metrics"]);
  }
}

/** Sends a message to a worker. One that has just ended may still be connected: without a callback, that would end the primary. */
export function tell(gathering: Gathering, worker: Worker, message: Message): void {
  worker.send(message, (error) => {
    if (error !== null) gathering.answered(worker.id, { ...message, error: error.message });
  });
}

function answer(message: unknown): void {
  if (!isObject(message)) return;
  if (message["type"] === KIND.announcement) send({ type: KIND.announcement });
  else if (message["type"] === KIND.request) void state.gathering.answer(message, send);
  else if (message["type"] === KIND.acknowledgement) state.gathering.acknowledged(message);
}

/** Sends a message to the primary, if it is still there. */
export function send(message: Message): void {
  if (process.connected) process.send?.(message);
}
