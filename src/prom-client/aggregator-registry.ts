/** Metrics of a cluster, combined in its primary process. The messages are those of prom-client. */
import type { Worker } from "node:cluster";
import { addCombined } from "./aggregators.ts";
import { cluster, send, tell } from "./cluster-registry.ts";
import { prometheusContentType, type RegistryContentType } from "./content-type.ts";
import { Gathering } from "./gathering.ts";
import { isObject } from "./label-checks.ts";
import type { AnyRegistry } from "./metric-configuration.ts";
import { register, registriesFrom, Registry } from "./registry.ts";
import { shared } from "./state.ts";

const REQUEST = "prom-client:getMetricsReq";
const RESPONSE = "prom-client:getMetricsRes";

// With one for each copy of this module, a worker would answer several times.
const gathering = shared("cluster", () => new Gathering());

/** A registry whose `clusterMetrics()` asks all workers of a cluster. */
export class AggregatorRegistry<T extends RegistryContentType> extends Registry<T> {
  /** Combines what `getMetricsAsJSON()` of several registries returned, by each metric's `aggregator`. */
  static override aggregate<T extends RegistryContentType>(
    metricsArr: object[],
    registryType?: T,
  ): Registry<T>;
  static override aggregate(metricsOfAll: readonly object[], type?: RegistryContentType): unknown {
    return combinedRegistry(metricsOfAll, type);
  }

  /** Sets the registries whose metrics a worker sends. By default the global one. */
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void {
    gathering.registries = registriesFrom(regs);
  }

  /** Throws a `TypeError` if the content type is not one of the two. */
  constructor(regContentType?: T) {
    super(regContentType);
    joinCluster(register);
  }

  /** Text of the metrics of all workers. Rejects if a worker fails, or does not answer within 5 seconds. */
  async clusterMetrics(): Promise<string> {
    // A worker that ends is listed for a while.
    const asked = Object.values(cluster().workers ?? {}).flatMap((worker) =>
      worker?.isConnected() === true ? [worker] : [],
    );
    if (asked.length === 0) return "";
    return gathering.text({
      workers: asked.map(({ id }) => id),
      ask: (requestId) => asked.forEach((worker) => tell(gathering, worker, { type: REQUEST, requestId })),
      combine: (metrics) => combinedRegistry(metrics),
      late: () => "Operation timed out.",
    });
  }
}

// Outside of the class, since the build would rename a class that refers to itself.
function combinedRegistry(
  metricsOfAll: readonly object[],
  type: RegistryContentType = prometheusContentType,
): Registry<RegistryContentType> {
  const registry = new Registry(type);
  addCombined(registry, metricsOfAll);
  return registry;
}

/** Takes part in the cluster. Without `setRegistries()`, the metrics are those of the first `registry`. */
export function joinCluster(registry: AnyRegistry): void {
  gathering.registries ??= [registry];
  if (gathering.isListening) return;
  gathering.isListening = true;
  if (cluster().isPrimary)
    cluster().on("message", ({ id }: Worker, message: unknown) => {
      if (isObject(message) && message["type"] === RESPONSE) gathering.answered(id, message);
    });
  else
    process.on("message", (message: unknown) => {
      if (!isObject(message) || message["type"] !== REQUEST) return;
      void gathering.answer(message, (answer) => send({ ...answer, type: RESPONSE }));
    });
}
