// A collection of OpenTelemetry metrics as Prometheus metric families.
import type { Attributes } from "@opentelemetry/api";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { MetricDescriptor } from "../engine/index.ts";
import { attributesOf } from "../engine/resource.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import { type Scope, scopeKey } from "../engine/scope.ts";
import { escapedMetricName, type Escaping, LabelNames } from "./escape-name.ts";
import type { Family, FamilyHead, FamilyMetric, KeyedLabel, ListedFamily, MetricPlan } from "./family.ts";
import {
  BUCKET_LABEL,
  joinedLabels,
  keyedLabels,
  labelsFrom,
  labelTextFrom,
  withoutName,
  scopeLabels,
} from "./labels.ts";
import { nameIn, type NamedKind, unitOf } from "./metric-name.ts";
import type { TranslationSettings } from "./strategy.ts";
import { warnOnce } from "../diagnostics/log-once.ts";

interface KnownPlan extends MetricPlan {
  readonly scope: Scope;
  readonly kind: NamedKind;
}

/** Translation for one escaping scheme. The plan of each metric is cached for later collections. */
export class Translation {
  readonly settings: TranslationSettings;
  readonly names: LabelNames;
  readonly #escaping: Escaping;
  #plans = new WeakMap<MetricDescriptor, KnownPlan>();
  #resourceLabels: readonly KeyedLabel[] = [];

  constructor(settings: TranslationSettings = {}, escaping: Escaping = "underscores") {
    this.settings = settings;
    const { strategy = "UnderscoreEscapingWithSuffixes", reservedLabels } = settings;
    this.names = new LabelNames(strategy, escaping, reservedLabels);
    this.#escaping = escaping;
  }

  /**
   * The families of a collection, in the order of its metrics. Metrics of one name form one family, with the description
   * of the first. Some metrics are left out and logged once:
   *
   * - a metric whose type differs from its family's;
   * - a metric whose samples would collide with another's, such as `x_count` beside a histogram `x`;
   * - a delta histogram.
   */
  families(collection: Collection): readonly Family[] {
    this.#readResource(collection);
    const families = new Map<string, GrowingFamily>();
    const hasInfo = this.#hasTargetInfo(collection);
    const samples = new SampleNames();
    for (const metric of collection.metrics) {
      if (metric.series.length === 0 || isDeltaHistogram(metric)) continue;
      const plan = this.planOf(metric);
      const { head } = plan;
      const known = families.get(head.name);
      const kind = known?.kind ?? (hasInfo && head.name === TARGET_INFO ? "info" : head.kind);
      if (kind !== head.kind) {
        warnOfConflict(
          shown(metric),
          `${head.name} is a ${kind} already, so it cannot also be a ${head.kind}`,
        );
      } else if (known !== undefined) {
        describe(known, metric);
        known.metrics.push({ plan, metric });
      } else {
        const conflict = samples.take(head, this.settings.nestedHistograms !== true);
        if (conflict !== undefined) {
          warnOfConflict(shown(metric), conflict);
          continue;
        }
        families.set(head.name, { ...head, metrics: [{ plan, metric }] });
      }
    }
    return [...families.values()];
  }

  /** The family of resource attributes; `undefined` without attributes, or if `targetInfo` is off. */
  targetInfo(collection: Collection): ListedFamily | undefined {
    if (!this.#hasTargetInfo(collection)) return undefined;
    const labels = labelsFrom(attributesOf(collection.resource), this.names);
    return {
      name: TARGET_INFO,
      kind: "info",
      help: "Target metadata",
      unit: "",
      series: [{ labels, value: 1, timeUnixMillis: collection.timeUnixMillis }],
    };
  }

  /** Name, metadata and constant labels of a metric; cached. */
  planOf(metric: CollectedMetric): MetricPlan {
    const { descriptor, scope } = metric;
    const kind = namedKindOf(metric);
    const known = this.#plans.get(descriptor);
    if (known !== undefined && known.kind === kind && isSameScope(known.scope, scope)) return known;
    const head: FamilyHead = {
      name: escapedMetricName(nameIn(scope, descriptor, kind, this.settings), this.#escaping),
      kind: kind === "upDownCounter" ? "gauge" : kind,
      help: descriptor.description || descriptor.name,
      unit: unitOf(descriptor, kind),
    };
    const ofScope = this.settings.scopeLabels === false ? [] : scopeLabels(scope, this.names);
    const reserved = kind === "histogram" ? BUCKET_LABEL : undefined;
    const constantLabels = joinedLabels(withoutName(reserved, [...ofScope, ...this.#resourceLabels]));
    const plan = { head, constantLabels, scope, kind };
    this.#plans.set(descriptor, plan);
    return plan;
  }

  // Reads the attributes only if needed: upstream logs an access while a detector is still running.
  #hasTargetInfo({ resource }: Collection): boolean {
    return this.settings.targetInfo !== false && Object.keys(attributesOf(resource)).length > 0;
  }

  #readResource({ resource }: Collection): void {
    const pattern = this.settings.resourceLabels;
    if (pattern === undefined) return;
    const labels = matching(attributesOf(resource), pattern, this.names);
    if (labelTextFrom(labels) === labelTextFrom(this.#resourceLabels)) return;
    this.#resourceLabels = labels;
    this.#plans = new WeakMap();
  }
}

/** The names of the samples of a document's families. */
export class SampleNames {
  readonly #owners = new Map<string, FamilyHead>();

  /** Takes the names of a family's samples, or returns why it cannot have them. */
  take(head: FamilyHead, isSpread = true): string | undefined {
    const { name, kind } = head;
    const names =
      isSpread && kind === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    const other = names.map((each) => this.#owners.get(each)).find((owner) => owner !== undefined);
    if (other !== undefined)
      return `${other.name}, a ${other.kind}, and ${name} would have samples of the same name`;
    for (const each of names) this.#owners.set(each, head);
    return undefined;
  }
}

const TARGET_INFO = "target_info";

function matching(resource: Attributes, pattern: RegExp, names: LabelNames): readonly KeyedLabel[] {
  return keyedLabels(resource, names).filter(({ key }) => key.search(pattern) !== -1);
}

// Another provider creates new scope objects in each collection.
function isSameScope(left: Scope, right: Scope): boolean {
  return left === right || scopeKey(left) === scopeKey(right);
}

// A delta sum is not a Prometheus counter: it may fall from one scrape to the next.
function namedKindOf(metric: CollectedMetric): NamedKind {
  switch (metric.kind) {
    case "sum":
      return metric.isMonotonic && metric.temporality === AggregationTemporality.CUMULATIVE
        ? "counter"
        : "upDownCounter";
    case "gauge":
      return "gauge";
    case "histogram":
    case "exponentialHistogram":
      return "histogram";
    default:
      return metric satisfies never;
  }
}

// Forbidden by the specification: Prometheus cannot add up deltas from scrape to scrape.
function isDeltaHistogram(metric: CollectedMetric): boolean {
  const { kind, temporality } = metric;
  if (kind !== "histogram" && kind !== "exponentialHistogram") return false;
  if (temporality === AggregationTemporality.CUMULATIVE) return false;
  warnOnce(
    `metric ${shown(metric)}: left out of Prometheus output, because it is a histogram ` +
      `of deltas; collect it with cumulative temporality`,
  );
  return true;
}

/** Logs once that a metric is left out. @param metric as it is shown, in quotes. */
export function warnOfConflict(metric: string, reason: string): void {
  warnOnce(`metric ${metric}: left out of Prometheus output, because ${reason}; rename one of the two`);
}

function shown({ descriptor, scope }: CollectedMetric): string {
  return `"${descriptor.name}" of scope "${scope.name}"`;
}

/** A family that gets its metrics one after the other. */
interface GrowingFamily extends FamilyHead {
  help: string | undefined;
  readonly metrics: FamilyMetric[];
}

// The first description is the family's.
function describe(family: GrowingFamily, metric: CollectedMetric): void {
  const { description } = metric.descriptor;
  if (description === "" || description === family.help) return;
  if (family.metrics.some((each) => each.metric.descriptor.description !== ""))
    warnOfHelp(metric, family.name);
  else family.help = description;
}

function warnOfHelp(metric: CollectedMetric, name: string): void {
  warnOnce(
    `metric ${shown(metric)}: its description is ignored, because ${name} already has ` +
      `another; use the same description for both`,
  );
}
