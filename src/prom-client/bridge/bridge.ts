/** The bridge: metrics of the real prom-client join the collections of the running SDK. */
import { isObject } from "../label-checks.ts";
import { joinCollections, type JoiningRegistry } from "../joined-registries.ts";
import { readByApplication } from "../lag-window.ts";
import { ownMetricOf } from "../own-metric.ts";
import { BridgedMetric, type ReadMetric } from "./bridged-metric.ts";

/** Called if callback `collect` of a metric throws or is late. */
export type OnFailure = (metric: string, error: unknown) => void;

const bridged = new WeakMap<object, BridgedMetric>();
let onFailure: OnFailure | undefined;

/** Opens the bridge. Returns a function that closes it: known registries then have no metrics in collections. */
export function openBridge(report: OnFailure): () => void {
  onFailure = report;
  return () => {
    if (onFailure === report) onFailure = undefined;
  };
}

/**
 * Adds a registry of the real prom-client. Further calls do nothing; other objects are ignored.
 *
 * @param metric a metric that registers itself: a registry of OpenMetrics changes its name later.
 */
export function bridgeRegistry(registry: unknown, metric?: unknown): void {
  if (!isRegistry(registry)) return;
  if (isObject(metric)) sideOf(metric, registry);
  joinCollections(registry, sideOf);
}

/** The application reads a registry of the real prom-client, which may have had metrics before. */
export function readRegistry(registry: unknown): void {
  if (!isRegistry(registry)) return;
  bridgeRegistry(registry);
  readByApplication(registry.getMetricsAsArray());
}

function sideOf(metric: object, registry: JoiningRegistry): ReturnType<typeof ownMetricOf> | BridgedMetric {
  if (onFailure === undefined) return undefined;
  const own = ownMetricOf(metric);
  const known = own === undefined ? bridged.get(metric) : undefined;
  known?.joins(registry);
  if (own !== undefined || known !== undefined || !isReadable(metric)) return own ?? known;
  const made = new BridgedMetric(metric, registry, (name, error) => onFailure?.(name, error));
  bridged.set(metric, made);
  return made;
}

function isRegistry(value: unknown): value is JoiningRegistry {
  return isObject(value) && typeof value["getMetricsAsArray"] === "function";
}

// Plain objects are what `AggregatorRegistry.aggregate` registers: figures of other processes.
function isReadable(metric: object): metric is ReadMetric {
  return (
    Object.getPrototypeOf(metric) !== Object.prototype &&
    typeof Reflect.get(metric, "name") === "string" &&
    typeof Reflect.get(metric, "get") === "function"
  );
}
