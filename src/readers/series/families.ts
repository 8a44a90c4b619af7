// From one collection of OpenTelemetry's metrics to the families of Prometheus.
import type { Attributes } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from "../../engine/index.ts";
import { addedBuckets, bucketsFromExplicit, bucketsFromExponential } from "./buckets.ts";
import type { Family, Series } from "./family.ts";
import { type KeyedLabel, labelTextFrom, LabelTranslator } from "./labels.ts";
import { keptName, type NamedKind, translatedName } from "./metric-name.ts";
import { type Scope, scopeLabel, scopeLabels } from "./scope-labels.ts";
import { warnOnce } from "./warn-once.ts";

/** How a translation differs from the one that OpenTelemetry's specification describes. */
export interface TranslationOptions {
  /** Put before every name but `target_info`, with a `_`; none by default. */
  readonly prefix?: string | undefined;
  /** Whether every series is labelled with its instrumentation scope; `true` by default. */
  readonly scopeLabels?: boolean | undefined;
  /** Whether the resource becomes the gauge `target_info`; `true` by default. */
  readonly targetInfo?: boolean | undefined;
  /** Resource attributes whose keys match become labels of every series; none by default. */
  readonly resourceLabels?: RegExp | undefined;
}

/** The scope of metrics whose names their users chose for Prometheus already. */
const NAMED_METRICS_SCOPE = "tachymeter.collector";

/**
 * The families of a collection, `target_info` first, then in the order of the metrics. Metrics of one name are one
 * family: the first one's description counts, one of another type is left out and logged once. Where scope labels are
 * off and series of two scopes have the same labels, the later one gets `otel_scope_name`; series of one scope that
 * have the same labels only in Prometheus' eyes (`200` and `"200"`) are added up, or for a gauge the later one counts.
 */
export function familiesFromMetrics(
  metrics: ResourceMetrics,
  options: TranslationOptions = {},
): readonly Family[] {
  const showsResource = options.targetInfo !== false || options.resourceLabels !== undefined;
  // Looked at only where it is shown: a detector may still be reading, and upstream logs who looks too early.
  const translation = new Translation(options, showsResource ? metrics.resource.attributes : {});
  for (const scopeMetrics of metrics.scopeMetrics) translation.addScope(scopeMetrics);
  return translation.families();
}

interface GrowingFamily {
  readonly name: string;
  readonly kind: Family["kind"];
  readonly help: string;
  readonly series: Map<string, ScopedSeries>;
}

interface ScopedSeries extends Series {
  readonly scope: Scope | undefined;
}

class Translation {
  readonly #options: TranslationOptions;
  readonly #families = new Map<string, GrowingFamily>();
  readonly #labels = new LabelTranslator();
  readonly #histogramLabels = new LabelTranslator("le");
  readonly #resourceLabels: readonly KeyedLabel[];

  constructor(options: TranslationOptions, resource: Attributes) {
    this.#options = options;
    const pattern = options.resourceLabels;
    this.#resourceLabels =
      pattern === undefined
        ? []
        : this.#labels.keyed(resource).filter(({ key }) => key.search(pattern) !== -1);
    if (options.targetInfo !== false && Object.keys(resource).length > 0) this.#addTargetInfo(resource);
  }

  addScope({ scope, metrics }: ScopeMetrics): void {
    const constant = [
      ...(this.#options.scopeLabels === false ? [] : scopeLabels(scope, this.#labels)),
      ...this.#resourceLabels,
    ];
    for (const metric of metrics) {
      if (metric.dataPoints.length > 0) this.#addMetric(metric, scope, constant);
    }
  }

  families(): readonly Family[] {
    return [...this.#families.values()].map((family) => ({ ...family, series: [...family.series.values()] }));
  }

  #addTargetInfo(resource: Attributes): void {
    const labels = this.#labels.labels(resource);
    const labelText = labelTextFrom(labels);
    const series = new Map([[labelText, { labels, labelText, value: 1, scope: undefined }]]);
    this.#families.set("target_info", {
      name: "target_info",
      kind: "gauge",
      help: "Target metadata",
      series,
    });
  }

  #addMetric(metric: MetricData, scope: Scope, constant: readonly KeyedLabel[]): void {
    const family = this.#familyOf(metric, scope);
    if (family === undefined) return;
    const translator = family.kind === "histogram" ? this.#histogramLabels : this.#labels;
    const isAdditive = metric.dataPointType !== DataPointType.GAUGE;
    for (const { attributes, endTime: time, value } of pointsOf(metric)) {
      let labels = translator.labels(attributes, constant);
      let labelText = labelTextFrom(labels);
      const earlier = family.series.get(labelText);
      if (earlier !== undefined && earlier.scope !== scope && this.#options.scopeLabels === false) {
        labels = translator.labels(attributes, [...constant, scopeLabel("name", scope.name)]);
        labelText = labelTextFrom(labels);
      }
      const same = isAdditive ? family.series.get(labelText) : undefined;
      const whole = same === undefined ? value : added(same.value, value);
      family.series.set(labelText, { labels, labelText, time, value: whole, scope });
    }
  }

  #familyOf(metric: MetricData, scope: Scope): GrowingFamily | undefined {
    const { descriptor } = metric;
    const namedKind = namedKindOf(metric);
    const { prefix } = this.#options;
    const name =
      scope.name === NAMED_METRICS_SCOPE
        ? keptName(descriptor, prefix)
        : translatedName(descriptor, namedKind, prefix);
    const kind = namedKind === "upDownCounter" ? "gauge" : namedKind;
    const known = this.#families.get(name);
    if (known?.kind === kind) return known;
    if (known !== undefined) {
      warnOnce(
        `metric "${descriptor.name}" of scope "${scope.name}": left out of the Prometheus names, because ${name} is a ` +
          `${known.kind} already and cannot be a ${kind} too; rename one of the two`,
      );
      return undefined;
    }
    const family = { name, kind, help: descriptor.description || descriptor.name, series: new Map() };
    this.#families.set(name, family);
    return family;
  }
}

interface Point {
  readonly attributes: Attributes;
  readonly endTime: NonNullable<Series["time"]>;
  readonly value: Series["value"];
}

function pointsOf(metric: MetricData): readonly Point[] {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return metric.dataPoints;
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map((point) => ({ ...point, value: bucketsFromExplicit(point.value) }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return metric.dataPoints.map((point) => ({ ...point, value: bucketsFromExponential(point.value) }));
    default:
      return metric satisfies never;
  }
}

// A delta sum is no counter of Prometheus: it may fall from one scrape to the next.
function namedKindOf(metric: MetricData): NamedKind {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic && metric.aggregationTemporality === AggregationTemporality.CUMULATIVE
        ? "counter"
        : "upDownCounter";
    case DataPointType.GAUGE:
      return "gauge";
    case DataPointType.HISTOGRAM:
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return "histogram";
    default:
      return metric satisfies never;
  }
}

function added(left: Series["value"], right: Series["value"]): Series["value"] {
  if (typeof left === "number") return typeof right === "number" ? left + right : right;
  return typeof right === "number" ? right : addedBuckets(left, right);
}
