/** Metrics of a cluster, combined in its primary process. The messages are those of prom-client. */
import type { Cluster, Worker } from "node:cluster";
import { createRequire } from "node:module";
import { addCombined } from "./aggregators.ts";
import { prometheusContentType, type RegistryContentType } from "./content-type.ts";
import { isObject } from "./label-checks.ts";
import type { AnyRegistry } from "./metric-configuration.ts";
import { register, registriesFrom, Registry } from "./registry.ts";
import { shared } from "./state.ts";

const REQUEST = "prom-client:getMetricsReq";
const RESPONSE = "prom-client:getMetricsRes";
const TIMEOUT_MILLIS = 5000;

interface Request {
  readonly responses: object[];
  pending: number;
  settle(result: Error | Promise<string>): void;
}

// With a state for each copy of this module, a worker would answer several times.
const state = shared("cluster", (): State => {
  return { registries: undefined, lastId: 0, isListening: false, requests: new Map() };
});

interface State {
  /** Those that a worker sends. */
  registries: readonly AnyRegistry[] | undefined;
  lastId: number;
  isListening: boolean;
  readonly requests: Map<number, Request>;
}

/** A registry whose `clusterMetrics()` asks all workers of a cluster. */
export class AggregatorRegistry<T extends RegistryContentType> extends Registry<T> {
  /** Combines what `getMetricsAsJSON()` of several registries returned, by each metric's `aggregator`. */
  static override aggregate<T extends RegistryContentType>(
    metricsArr: object[],
    registryType?: T,
  ): Registry<T>;
  static override aggregate(
    metricsOfAll: readonly object[],
    type: RegistryContentType = prometheusContentType,
  ): unknown {
    const registry = new Registry<RegistryContentType>(type);
    addCombined(registry, metricsOfAll);
    return registry;
  }

  /** Sets the registries whose metrics a worker sends. By default the global one. */
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void {
    state.registries = registriesFrom(regs);
  }

  /** Throws a `TypeError` if the content type is not one of the two. */
  constructor(regContentType?: T) {
    super(regContentType);
    joinCluster(register);
  }

  /** Text of the metrics of all workers. Rejects if a worker fails, or does not answer within 5 seconds. */
  clusterMetrics(): Promise<string> {
    return new Promise((resolve, reject) => {
      const id = state.lastId++;
      const timer = setTimeout(() => request.settle(new Error("Operation timed out.")), TIMEOUT_MILLIS);
      const request: Request = {
        responses: [],
        pending: 0,
        settle(result) {
          state.requests.delete(id);
          clearTimeout(timer);
          if (result instanceof Error) reject(result);
          else resolve(result);
        },
      };
      state.requests.set(id, request);
      for (const worker of Object.values(cluster().workers ?? {})) {
        // A worker that ends is listed for a while.
        if (worker?.isConnected() !== true) continue;
        // Without a callback, a worker that has just ended would end the primary, too.
        worker.send({ type: REQUEST, requestId: id }, (error) => error && request.settle(error));
        request.pending++;
      }
      if (request.pending === 0) process.nextTick(() => request.settle(Promise.resolve("")));
    });
  }
}

function cluster(): Cluster {
  return createRequire(import.meta.url)("node:cluster");
}

/** Takes part in the cluster. Without `setRegistries()`, the metrics are those of the first `registry`. */
export function joinCluster(registry: AnyRegistry): void {
  state.registries ??= [registry];
  if (state.isListening) return;
  state.isListening = true;
  const { isPrimary, isWorker } = cluster();
  if (isPrimary) cluster().on("message", (_: Worker, message: unknown) => receive(message));
  if (isWorker) process.on("message", (message: unknown) => void answer(message));
}

function receive(message: unknown): void {
  if (!isObject(message) || message["type"] !== RESPONSE) return;
  const { requestId, error, metrics } = message;
  const request = state.requests.get(Number(requestId));
  if (request === undefined) return;
  if (typeof error === "string") return request.settle(new Error(error));
  if (Array.isArray(metrics)) request.responses.push(...metrics.filter(isObject));
  if (--request.pending > 0) return;
  try {
    request.settle(AggregatorRegistry.aggregate(request.responses).metrics());
  } catch (thrown) {
    request.settle(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}

async function answer(message: unknown): Promise<void> {
  if (!isObject(message) || message["type"] !== REQUEST) return;
  const { requestId } = message;
  try {
    const metrics = await Promise.all(
      (state.registries ?? []).map((registry) => registry.getMetricsAsJSON()),
    );
    process.send?.({ type: RESPONSE, requestId, metrics });
  } catch (error) {
    process.send?.({
      type: RESPONSE,
      requestId,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
