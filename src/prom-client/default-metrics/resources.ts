/** Metrics of what keeps the process alive. */
import { isObject } from "../label-checks.ts";
import { type DefaultMetrics, gaugeOf } from "./default-metrics.ts";

/** Active resources by type. */
export const processResources: DefaultMetrics = (options) => {
  byType(options, {
    name: "nodejs_active_resources",
    help: "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.",
    helpOfTotal: "Total number of active resources.",
    read: () => process.getActiveResourcesInfo(),
  });
};

/** Active handles by type. */
export const processHandles: DefaultMetrics = (options) => {
  const read = undocumented("_getActiveHandles");
  if (read === undefined) return;
  byType(options, {
    name: "nodejs_active_handles",
    help: "Number of active libuv handles grouped by handle type. Every handle type is C++ class name.",
    helpOfTotal: "Total number of active handles.",
    read,
  });
};

/** Active requests by type. */
export const processRequests: DefaultMetrics = (options) => {
  const read = undocumented("_getActiveRequests");
  if (read === undefined) return;
  byType(options, {
    name: "nodejs_active_requests",
    help: "Number of active libuv requests grouped by request type. Every request type is C++ class name.",
    helpOfTotal: "Total number of active requests.",
    read,
  });
};

interface ByType {
  readonly name: string;
  readonly help: string;
  readonly helpOfTotal: string;
  readonly read: () => readonly unknown[];
}

function byType(options: Parameters<DefaultMetrics>[0], { name, help, helpOfTotal, read }: ByType): void {
  const { labels } = options;
  gaugeOf(options, {
    name,
    help,
    labelNames: ["type"],
    collect() {
      const counts = new Map<string, number>();
      for (const each of read()) {
        const type = typeOf(each);
        if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1);
      }
      this.reset();
      for (const [type, count] of counts) this.set({ type, ...labels }, count);
    },
  });
  gaugeOf(options, {
    name: `${name}_total`,
    help: helpOfTotal,
    collect() {
      this.set(labels, read().length);
    },
  });
}

function typeOf(resource: unknown): string | undefined {
  if (typeof resource === "string") return resource;
  return isObject(resource) && typeof resource.constructor === "function"
    ? resource.constructor.name
    : undefined;
}

// Functions of Node.js without documentation. A later version may not have them.
function undocumented(
  name: "_getActiveHandles" | "_getActiveRequests",
): (() => readonly unknown[]) | undefined {
  const read: unknown = Reflect.get(process, name);
  if (typeof read !== "function") return undefined;
  return () => {
    const found: unknown = Reflect.apply(read, process, []);
    return Array.isArray(found) ? found : [];
  };
}
