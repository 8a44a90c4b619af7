// Names and labels of stored series, as the Prometheus reader exports them.
import type { Attributes } from "@opentelemetry/api";
import type { Labels } from "../../query/source.ts";
import { escapedMetricName, LabelNames } from "../../translation/escape-name.ts";
import { labelValue } from "../../translation/label-value.ts";
import {
  BUCKET_LABEL,
  joinedLabels,
  keyedLabels,
  labelsFrom,
  scopeLabels,
  withoutName,
} from "../../translation/labels.ts";
import { keptName, nameIn, type NamedKind, unitOf } from "../../translation/metric-name.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
import {
  BRIDGE_SCOPE,
  RULES_SCOPE,
  SAMPLE_SCOPE,
  type StoredMetric,
  type StoredSeries,
} from "../store/stored.ts";
import { VERSION } from "../../version.ts";

const DEFAULT_STRATEGY = "UnderscoreEscapingWithSuffixes";
const DEFAULT = new LabelNames(DEFAULT_STRATEGY, "underscores");

/** Translation of stored series by the settings of a reader. */
export class StoredNames {
  readonly #settings: TranslationSettings;
  readonly #names: LabelNames;
  readonly #isRenaming: boolean;

  constructor(settings: TranslationSettings = {}) {
    const { strategy = DEFAULT_STRATEGY, prefix = "", counterSuffix = true } = settings;
    this.#settings = settings;
    this.#names = new LabelNames(strategy, "underscores");
    this.#isRenaming = strategy !== DEFAULT_STRATEGY || prefix !== "" || !counterSuffix;
  }

  /** Whether the resources are exported as `target_info`. */
  get hasTargetInfo(): boolean {
    return this.#settings.targetInfo !== false;
  }

  /** The name of a metric, without suffixes of histograms. */
  metricName(metric: StoredMetric): string {
    if (isOfRules(metric)) return metric.name;
    return escapedMetricName(this.#translatedName(metric), "underscores");
  }

  /** The labels of a series without its name: its attributes, its scope, and selected ones of its resource. */
  labelsOf({
    metric,
    attributes,
    resource,
  }: Pick<StoredSeries, "metric" | "attributes" | "resource">): Labels {
    if (isOfRules(metric)) return sortedTexts(attributes);
    const { scope, type } = metric;
    const { resourceLabels } = this.#settings;
    const reserved = type === "histogram" ? BUCKET_LABEL : undefined;
    const isOfResource = ({ key }: { readonly key: string }): boolean =>
      resourceLabels !== undefined && key.search(resourceLabels) !== -1;
    const all = [
      ...(this.#settings.scopeLabels === false ? [] : scopeLabels(liveScope(scope), this.#names)),
      ...keyedLabels(resource, this.#names).filter(isOfResource),
      ...keyedLabels(attributes, this.#names),
    ];
    const joined = joinedLabels(withoutName(reserved, all));
    return Object.fromEntries(joined.map(({ name, value }) => [name, String(value)]));
  }

  /** The unit of a metric in words. */
  unitOf(metric: StoredMetric): string {
    return unitOf(metric, kindOf(metric) ?? metric.type);
  }

  /** The scope, if it is not among the labels. It distinguishes series with the same labels. */
  scopeOf(metric: StoredMetric): string {
    return this.#settings.scopeLabels === false ? metric.scope.name : "";
  }

  /** The labels of `target_info`, without the name. */
  infoLabels(resource: Attributes): Labels {
    return Object.fromEntries(
      labelsFrom(resource, this.#names).map(({ name, value }) => [name, String(value)]),
    );
  }

  #translatedName(metric: StoredMetric): string {
    if (!this.#isRenaming) return metric.prometheusName;
    const kind = kindOf(metric);
    if (kind !== undefined) return nameIn(metric.scope, metric, kind, this.#settings);
    return keptName({ name: metric.prometheusName, unit: "" }, this.#settings);
  }
}

/** Whether rules write the series of a metric. */
export function isOfRules({ scope }: StoredMetric): boolean {
  return scope.name === RULES_SCOPE.name;
}

function sortedTexts(attributes: Attributes): Labels {
  const texts = Object.entries(attributes).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

// Samples are those of the bridge, which has gauges of their last values.
function liveScope(scope: StoredMetric["scope"]): StoredMetric["scope"] {
  return scope.name === SAMPLE_SCOPE.name ? { name: BRIDGE_SCOPE, version: VERSION } : scope;
}

// The store has the default name. A gauge may be a sum that is not monotonic, which is named differently.
function kindOf(metric: StoredMetric): NamedKind | undefined {
  const kinds: readonly NamedKind[] = metric.type === "gauge" ? ["gauge", "upDownCounter"] : [metric.type];
  return kinds.find((kind) => nameIn(metric.scope, metric, kind) === metric.prometheusName);
}

// Keys that distinguish series of several processes. Other keys with dots are labels already.
const DISTINCTION = /^(?:service|otel\.scope)\.(?:name|version|instance\.id)$/;

/** Labels in order, without empty ones. Keys of attributes that distinguish processes become names of labels. */
export function sortedLabels(labels: Readonly<Attributes>): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .map(
        ([key, value]) =>
          [DISTINCTION.test(key) ? DEFAULT.nameOf(key) : key, String(labelValue(value ?? ""))] as const,
      )
      .filter(([, value]) => value !== "")
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
