// The series of one family as a list; series that would be identical in Prometheus are merged.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import { millisFromHrTime } from "../engine/collection/resource-metrics.ts";
import type { SeriesVisitor } from "../engine/collection/series-source.ts";
import type { Scope } from "../engine/scope.ts";
import { addedBuckets, ClassicBuckets } from "./buckets.ts";
import type { Buckets, FamilyMetric, KeyedLabel, Label, MetricPlan, Series } from "./family.ts";
import { joinedSteps, keySteps, pairLabels } from "./label-steps.ts";
import { BUCKET_LABEL } from "./labels.ts";
import { addedNative, NativeBuckets } from "./native-buckets.ts";
import { scopeLabel, scopeLabels } from "./labels.ts";
import type { Translation } from "./translation.ts";

// Rows added per step: some tens of microseconds.
const STEP_NUMBERS = 64;
const STEP_HISTOGRAMS = 8;

/** Optional parts of a list of series. */
export interface MergingOptions {
  /** Whether to include exemplars; reading them restarts their sampling. @defaultValue false */
  readonly exemplars?: boolean | undefined;
  /** Whether to include the native buckets of exponential histograms too. @defaultValue false */
  readonly native?: boolean | undefined;
  /**
   * Labels added to the later of two series that differ in scope only, if scope labels are off. `name` adds the name of
   * its scope, and the rest only if the two are still the same. @defaultValue "all"
   */
  readonly laterScope?: "all" | "name" | undefined;
}

/**
 * Gathers the series of one family. If scope labels are off and series of two scopes have the same labels, the later one
 * keeps the labels of its scope. Series of one scope may have the same labels only in Prometheus (`200` and `"200"`, an
 * empty value and none). Those are added up; for a gauge the later one counts.
 */
export class MergedSeries {
  readonly #translation: Translation;
  readonly #collection: Collection;
  readonly #showsExemplars: boolean;
  readonly #laterScope: "all" | "name";
  readonly #series = new Map<string, ScopedSeries>();
  readonly #buckets = new ClassicBuckets();
  readonly #native: NativeBuckets | undefined;
  // Scratch: the attribute pairs of the current row.
  #ids = new Int32Array(16);

  constructor(
    translation: Translation,
    collection: Collection,
    { exemplars = false, native = false, laterScope = "all" }: MergingOptions = {},
  ) {
    this.#translation = translation;
    this.#collection = collection;
    this.#showsExemplars = exemplars;
    this.#laterScope = laterScope;
    this.#native = native ? new NativeBuckets() : undefined;
  }

  /** The series, in the order in which they were added. */
  get series(): readonly Series[] {
    return [...this.#series.values()];
  }

  /** Adds all series of the given metrics, step by step. */
  *add(metrics: readonly FamilyMetric[]): Generator<void, void> {
    for (const each of metrics) {
      const { kind, series } = each.metric;
      const step = kind === "sum" || kind === "gauge" ? STEP_NUMBERS : STEP_HISTOGRAMS;
      for (let from = 0; from < series.length; from += step) {
        yield* this.#addRange(each, from, from + step);
        yield;
      }
    }
  }

  *#addRange({ metric, plan }: FamilyMetric, from: number, to: number): Generator<void, void> {
    const rows: number[] = [];
    const figures: Figures[] = [];
    // The cells are valid during the visit only.
    const visitor: SeriesVisitor = {
      series: (cells, offset, row) => {
        rows.push(row);
        figures.push(this.#figures(metric, cells, offset));
      },
    };
    metric.series.visit(from, to, visitor);
    for (const [i, row] of rows.entries()) yield* this.#add(metric, plan, row, figures[i]!);
  }

  *#add(metric: CollectedMetric, plan: MetricPlan, row: number, figures: Figures): Generator<void, void> {
    const { scope, series } = metric;
    let labels = yield* this.#labels(metric, row, plan, plan.constantLabels);
    let key = yield* keySteps(labels);
    for (const ofScope of this.#isOfAnother(key, scope) ? this.#labelsOfLater(scope) : []) {
      if (!this.#isOfAnother(key, scope)) break;
      labels = yield* this.#labels(metric, row, plan, [...plan.constantLabels, ...ofScope]);
      key = yield* keySteps(labels);
    }
    const same = this.#series.get(key);
    const exemplars = this.#showsExemplars ? series.exemplarsOf(row) : [];
    const times = series.timesOf?.(row);
    this.#series.set(key, {
      labels: same?.labels ?? labels,
      ...(same === undefined || metric.kind === "gauge" ? figures : added(same, figures)),
      timeUnixMillis: times === undefined ? this.#collection.timeUnixMillis : millisFromHrTime(times.endTime),
      startTimeUnixMillis: Math.min(series.startTimeOf(row), same?.startTimeUnixMillis ?? Infinity),
      exemplars: same === undefined ? exemplars : [...(same.exemplars ?? []), ...exemplars],
      scope,
    });
  }

  #isOfAnother(key: string, scope: Scope): boolean {
    const known = this.#series.get(key);
    return known !== undefined && known.scope !== scope;
  }

  // Candidates, tried one after the other; empty if series have scope labels anyway.
  #labelsOfLater(scope: Scope): readonly (readonly KeyedLabel[])[] {
    const { settings, names } = this.#translation;
    if (settings.scopeLabels !== false) return [];
    const all = scopeLabels(scope, names);
    return this.#laterScope === "all" ? [all] : [[scopeLabel("name", scope.name, names)], all];
  }

  *#labels(
    { series }: CollectedMetric,
    row: number,
    { head }: MetricPlan,
    constant: readonly KeyedLabel[],
  ): Generator<void, readonly Label[]> {
    let count = series.pairsOf(row, this.#ids);
    if (count > this.#ids.length) {
      this.#ids = new Int32Array(2 * count);
      count = series.pairsOf(row, this.#ids);
    }
    const reserved = head.kind === "histogram" ? BUCKET_LABEL : undefined;
    const ids = this.#ids.subarray(0, count);
    const own = yield* pairLabels(ids, this.#collection.interner, this.#translation.names, reserved);
    return yield* joinedSteps(own.concat(constant));
  }

  #figures(metric: CollectedMetric, cells: Float64Array, offset: number): Figures {
    switch (metric.kind) {
      case "sum":
      case "gauge":
        return { value: cells[offset]! };
      case "histogram":
        this.#buckets.readExplicit(cells, offset, metric);
        return { value: copyOf(this.#buckets) };
      case "exponentialHistogram":
        this.#buckets.readExponential(cells, offset, metric);
        return {
          value: copyOf(this.#buckets),
          native: this.#native?.read(cells, offset, metric) === true ? this.#native.copy() : undefined,
        };
      default:
        return metric satisfies never;
    }
  }
}

type Figures = Pick<Series, "value" | "native">;

interface ScopedSeries extends Series {
  readonly scope: Scope;
}

function copyOf({ length, bounds, cumulativeCounts, count, sum, min, max }: ClassicBuckets): Buckets {
  return {
    bounds: [...bounds.subarray(0, length)],
    cumulativeCounts: [...cumulativeCounts.subarray(0, length)],
    count,
    sum,
    min,
    max,
  };
}

function added(left: Figures, right: Figures): Figures {
  return {
    value: addedValues(left.value, right.value),
    native: left.native && right.native && addedNative(left.native, right.native),
  };
}

function addedValues(left: Series["value"], right: Series["value"]): Series["value"] {
  if (typeof left === "number") return typeof right === "number" ? left + right : right;
  return typeof right === "number" ? right : addedBuckets(left, right);
}
