/** Common part of the metrics: their configuration, its checks, and callback `collect`. */
import { type HrTime, ValueType } from "@opentelemetry/api";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import type { Interner } from "../engine/series/interner.ts";
import { BoundedCallback } from "./bounded-callback.ts";
import type { CollectedHead } from "./collected-metrics.ts";
import type { Aggregator, Metric } from "./contracts.ts";
import { prometheusContentType } from "./content-type.ts";
import { areLabelNames, isObject, validateMetricName } from "./label-checks.ts";
import type { LabelRows } from "./label-rows.ts";
import { isReadByApplication } from "./lag-window.ts";
import type { AnyRegistry, MetricConfiguration } from "./metric-configuration.ts";
import { addOwnMetric, type OwnMetric, ownMetricOf } from "./own-metric.ts";
import { register } from "./registry.ts";
import type { Sample } from "./sample-lines.ts";

/** The parts of a metric that depend on its type. */
export interface MetricParts {
  /** Samples, as `get()` returns them. */
  readonly values: () => readonly Sample[];
  readonly writeSamples: OwnMetric["writeSamples"];
  readonly rows: LabelRows;
  /** Removes series before a collection. */
  readonly prune?: () => void;
  readonly collected: (interner: Interner, head: CollectedHead) => readonly CollectedMetric[];
}

/** Common part of all metrics. */
export abstract class MetricBase {
  /** Name, unique in its registries. A registry of OpenMetrics removes `_total` from that of a counter. */
  name: string;
  /** Description for readers of the metric. */
  readonly help: string;
  /** Names of all labels that its series may have. */
  readonly labelNames: readonly string[];
  /** Registries of the metric. */
  readonly registers: readonly AnyRegistry[];
  /** Method by which the metrics of several processes are combined. */
  readonly aggregator: Aggregator;
  /** Whether measurements may have exemplars. */
  readonly enableExemplars: boolean;
  /** Callback that sets the metric before it is read; a subclass may have it as a method. */
  collect?(): void | Promise<void>;
  /** Type, as in the text formats. */
  abstract readonly type: "counter" | "gauge" | "histogram" | "summary";

  /** @internal Throws prom-client's errors if the configuration is invalid. */
  constructor(configuration: MetricConfiguration<string>) {
    if (!isObject(configuration)) throw new TypeError("constructor expected a config object");
    const { name, help, labelNames = [], registers, aggregator = "sum" } = configuration;
    const { enableExemplars = false, collect } = configuration;
    if (!help) throw new Error("Missing mandatory help parameter");
    if (!name) throw new Error("Missing mandatory name parameter");
    if (!validateMetricName(name)) throw new Error("Invalid metric name");
    if (!areLabelNames(labelNames)) throw new Error("Invalid label name");
    if (collect && typeof collect !== "function")
      throw new Error('Optional "collect" parameter must be a function');
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.registers = registers ?? [register];
    this.aggregator = aggregator;
    this.enableExemplars = enableExemplars;
    if (collect !== undefined) this.collect = collect;
  }

  /** @internal Description and samples, after callback `collect` has run. */
  protected async described(): Promise<unknown> {
    const own = ownMetricOf(this);
    const collecting = own && runCollect(this, own.rows);
    if (collecting !== undefined) await collecting;
    return own?.describe();
  }

  /** @internal Adds the metric to its registries, at the end of the constructor. */
  protected begin<T extends string>(metric: Metric<T>, parts: MetricParts): void {
    const { name, help, enableExemplars, aggregator } = this;
    const { rows, writeSamples } = parts;
    const descriptor = { name, description: help, unit: "", valueType: ValueType.DOUBLE };
    const temporality = AggregationTemporality.CUMULATIVE;
    const run = (): Promise<void> | undefined => runCollect(this, rows);
    const callback = new BoundedCallback(name, run, (error) => {
      throw error;
    });
    addOwnMetric(this, {
      name,
      get: classGetOf(metric),
      run,
      collect: () => (isReadByApplication(this) ? undefined : callback.run()),
      describe: () => described(this, parts.values()),
      rows,
      writeSamples,
      collected: (interner, scope, reader) => {
        parts.prune?.();
        rows.resume();
        return rows.generations.of(reader, interner, [scope], () =>
          parts.collected(interner, { scope, temporality, descriptor, aggregator }),
        );
      },
      forget: (reader) => rows.generations.forget(reader),
    });
    for (const registry of this.registers) {
      if (enableExemplars && registry.contentType === prometheusContentType)
        throw new TypeError("Exemplars are supported only on OpenMetrics registries");
      registry.registerMetric(metric);
    }
  }
}

function described(metric: MetricBase, values: readonly Sample[]): { readonly values: readonly Sample[] } {
  const { help, name, type, aggregator } = metric;
  const all = { help, name, type, values, aggregator };
  return all;
}

function runCollect(metric: MetricBase, rows: LabelRows): Promise<void> | undefined {
  return metric.collect ? rows.whileCollecting(() => metric.collect?.()) : undefined;
}

// The method of our class; a subclass of the application may have another.
function classGetOf(metric: object): unknown {
  let owner = metric;
  for (;;) {
    const next: unknown = Object.getPrototypeOf(owner);
    if (!isObject(next) || Object.is(next, MetricBase.prototype)) return Reflect.get(owner, "get");
    owner = next;
  }
}

/** Starts a stopwatch, which returns seconds. */
export function stopwatch(): () => number {
  const start: HrTime = process.hrtime();
  return () => {
    const [seconds, nanoseconds] = process.hrtime(start);
    return seconds + nanoseconds / 1e9;
  };
}
