/** A metric of the real prom-client, as collections read it. */
import { ValueType } from "@opentelemetry/api";
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { Scope } from "../../engine/scope.ts";
import { AggregationTemporality } from "../../engine/sdk-values.ts";
import type { Interner } from "../../engine/series/interner.ts";
import { allSteps, inSlices, nowOrInSlices } from "../../io/yield.ts";
import { BoundedCallback } from "../bounded-callback.ts";
import { CollectedRows } from "../collected-rows.ts";
import { type GivenLabels, isObject } from "../label-checks.ts";
import {
  type CollectedHead,
  counterFrom,
  gaugeFrom,
  histogramFrom,
  summaryFrom,
} from "../collected-metrics.ts";
import { isReadByApplication } from "../lag-window.ts";
import type { JoiningMetric } from "../own-metric.ts";
import { CopiedSeries, type MetricType } from "./copied-series.ts";
import { storedSamples, storedType } from "./stored-samples.ts";

/** The part of prom-client's metrics that is read. */
export interface ReadMetric {
  readonly name: string;
  get(): unknown;
}

const AGGREGATORS = ["omit", "sum", "first", "min", "max", "average"] as const;

export class BridgedMetric implements JoiningMetric {
  readonly name: string;
  readonly #metric: ReadMetric;
  #registry: object;
  // Reading, which calls the metric's callback.
  readonly #reading: BoundedCallback;
  // Unknown before the first reading, as is the type.
  #series: CopiedSeries | undefined;
  #help = "";
  #isFailed = false;

  /** @param registry its default labels are those of the metric. */
  constructor(metric: ReadMetric, registry: object, onFailure: (metric: string, error: unknown) => void) {
    // A registry of OpenMetrics removes `_total` from it.
    this.name = metric.name;
    this.#metric = metric;
    this.#registry = registry;
    this.#reading = new BoundedCallback(
      this.name,
      () => this.#read(),
      (error) => {
        this.#isFailed = true;
        onFailure(this.name, error);
      },
    );
  }

  /** `registry` has the metric, too. Its default labels count if the former one has the metric no more. */
  joins(registry: object): void {
    const former: { getSingleMetric?(name: string): unknown } = this.#registry;
    const { name } = this.#metric;
    if (registry !== former && former.getSingleMetric?.(name) !== this.#metric) this.#registry = registry;
  }

  /** Reads the metric, after its callback has run. A metric whose callback fails or is late is left out. */
  readonly collect = (): Promise<void> | undefined =>
    isReadByApplication(this.#metric) ? this.#readNow() : this.#reading.run();

  readonly collected = (interner: Interner, scope: Scope, reader: object): readonly CollectedMetric[] => {
    if (this.#isFailed) return [];
    // At the end of a process, collections do not wait.
    if (this.#reading.isRunning) this.#readNow();
    // It was made during this collection.
    if (this.#series === undefined) return [];
    const copied = this.#series;
    const { generations, bounds, table } = copied;
    const key = [scope, bounds, this.#help, table.size === 0];
    return generations.of(reader, interner, key, () => this.#made(copied, interner, scope));
  };

  readonly forget = (reader: object): void => this.#series?.generations.forget(reader);

  async #read(): Promise<void> {
    this.#isFailed = false;
    const described: unknown = await this.#metric.get();
    if (this.#reading.isLate || !isObject(described)) return;
    const { type, help, values } = described;
    const steps = this.#begin(type, help).take(Array.isArray(values) ? values : [], this.#defaultLabels);
    await nowOrInSlices(steps, inSlices);
  }

  #readNow(): undefined {
    const samples = storedSamples(this.#metric);
    if (samples === undefined) return;
    const series = this.#begin(storedType(this.#metric), Reflect.get(this.#metric, "help"));
    allSteps(series.take(samples, this.#defaultLabels));
  }

  #begin(type: unknown, help: unknown): CopiedSeries {
    this.#help = typeof help === "string" ? help : "";
    if (this.#series?.type === typeFrom(type)) return this.#series;
    this.#series?.generations.end();
    this.#series = new CopiedSeries(typeFrom(type));
    return this.#series;
  }

  get #defaultLabels(): GivenLabels {
    const labels: unknown = Reflect.get(this.#registry, "_defaultLabels");
    return isObject(labels) ? labels : {};
  }

  #made(copied: CopiedSeries, interner: Interner, scope: Scope): readonly CollectedMetric[] {
    const aggregator: unknown = Reflect.get(this.#metric, "aggregator");
    const head: CollectedHead = {
      scope,
      temporality: AggregationTemporality.CUMULATIVE,
      descriptor: { name: this.name, description: this.#help, unit: "", valueType: ValueType.DOUBLE },
      aggregator: AGGREGATORS.find((each) => each === aggregator) ?? "sum",
    };
    const rowsAt = (offset: number, further?: readonly [string, string]): CollectedRows =>
      new CollectedRows({
        rows: copied,
        interner,
        further,
        read: (row) => ({ cells: copied.cellsOf(row), offset }),
        exemplarsOf: (row) => copied.exemplarsOf(row),
      });
    switch (copied.type) {
      case "counter":
        return [counterFrom(head, rowsAt(0))];
      case "gauge":
        return [gaugeFrom(head, rowsAt(0))];
      case "histogram":
        // The bounds are those of the first series.
        if (copied.table.size === 0) return [];
        return [histogramFrom(head, copied.bounds, rowsAt(0))];
      case "summary":
        return summaryFrom(head, {
          quantiles: copied.bounds.map((quantile, i) => rowsAt(2 + i, ["quantile", String(quantile)])),
          sum: rowsAt(1),
          count: rowsAt(0),
        });
      default:
        return copied.type satisfies never;
    }
  }
}

function typeFrom(type: unknown): MetricType {
  return type === "counter" || type === "histogram" || type === "summary" ? type : "gauge";
}
