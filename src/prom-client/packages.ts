/**
 * The modules that replace packages with prom-client's API. Each has a global registry of its own, as the packages have:
 * an application may use several of them, each with default metrics.
 */
import { isMainThread } from "node:worker_threads";
import { AggregatorRegistry, joinCluster } from "./aggregator-registry.ts";
import { client, type PromClient, withContentType } from "./client.ts";
import { ClusterRegistry, joinWorkers } from "./cluster-registry.ts";
import { Counter } from "./counter.ts";
import { defaultMetricsOf } from "./default-metrics/index.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import { areLabelNames, isObject, validateMetricName } from "./label-checks.ts";
import { Pushgateway } from "./pushgateway.ts";
import { isRegistry, Registry } from "./registry.ts";
import { shared } from "./state.ts";
import { Summary } from "./summary.ts";
import { joinThreads, WorkerRegistry } from "./worker-registry.ts";

/** Names of the packages that are replaced. */
export const PACKAGES = ["prom-client", "@prometheus-io/client", "@platformatic/prom-client"] as const;

/** Returns the module that replaces a package. That of `prom-client` is `tachymeter/prom-client`. */
export function moduleFor(name: (typeof PACKAGES)[number]): PromClient {
  if (name === "prom-client") return client;
  return shared(`module for ${name}`, () => moduleWith(new Registry(), name === "@prometheus-io/client"));
}

function moduleWith(register: Registry, isSuccessor: boolean): PromClient {
  const ofMetric = (given: readonly unknown[]): readonly unknown[] => {
    const [configuration] = given;
    if (!isObject(configuration)) return given;
    checkNames(configuration);
    return configuration["registers"] ? given : [{ ...configuration, registers: [register] }];
  };
  const joining = (join: (registry: Registry) => void) => (given: readonly unknown[]) => {
    join(register);
    return given;
  };
  const Cluster = withArguments(ClusterRegistry, joining(joinWorkers), register);
  const Aggregator = withArguments(AggregatorRegistry, joining(joinCluster), register);
  return withContentType({
    ...client,
    AggregatorRegistry: isSuccessor ? Cluster : Aggregator,
    ClusterRegistry: Cluster,
    collectDefaultMetrics: defaultMetricsOf(register, isSuccessor),
    Counter: withArguments(Counter, ofMetric),
    Gauge: withArguments(Gauge, ofMetric),
    Histogram: withArguments(Histogram, ofMetric),
    Pushgateway: withArguments(Pushgateway, ([url, options, registry]) =>
      isRegistry(options) ? [url, options] : [url, options, registry ?? register],
    ),
    register,
    Registry: withArguments(Registry, (given) => given, register),
    Summary: withArguments(Summary, ofMetric),
    WorkerRegistry: withArguments(
      WorkerRegistry,
      ([type, primary = isMainThread]) => {
        joinThreads(register, Boolean(primary));
        return [type, primary];
      },
      register,
    ),
  });
}

/**
 * Returns `target` with its constructor's arguments changed, and a class of registries with the package's global one. Its
 * instances are those of `target`: V8 then has one shape for the metrics of all packages (bench: "inc()").
 */
function withArguments<Class extends abstract new (...given: never[]) => object>(
  target: Class,
  change: (given: readonly unknown[]) => readonly unknown[],
  globalRegistry?: Registry,
): Class {
  const changed: Class = new Proxy(target, {
    get: (made, name): unknown => (name === "globalRegistry" ? globalRegistry : Reflect.get(made, name)),
    construct: (made, given: readonly unknown[], newTarget) =>
      Reflect.construct(made, [...change(given)], newTarget === changed ? made : newTarget),
  });
  return changed;
}

// Messages of the fork and the successor show the names.
function checkNames({ help, name, labelNames }: Readonly<Record<string, unknown>>): void {
  if (!help || typeof name !== "string" || name === "") return;
  if (!validateMetricName(name)) throw new Error(`Invalid metric name: ${name}`);
  const wrong = Array.isArray(labelNames) ? labelNames.filter((each) => !areLabelNames([each])) : [];
  if (wrong.length > 0) throw new Error(`At least one label name is invalid: ${wrong.join(",")}`);
}
