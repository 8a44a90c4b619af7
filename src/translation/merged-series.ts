// The series of one family as a list; series that would be identical in Prometheus are merged.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Collection } from "../engine/collection/collection.ts";
import { millisFromHrTime } from "../engine/collection/resource-metrics.ts";
import type { SeriesVisitor } from "../engine/collection/series-source.ts";
import type { Scope } from "../engine/scope.ts";
import { addedBuckets, ClassicBuckets } from "./buckets.ts";
import type { ClassicHistogram, FamilyMetric, Label, MetricPlan, Series } from "./family.ts";
import { addedNative, NativeBuckets } from "./native-buckets.ts";
import { RowLabels } from "./row-labels.ts";
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
 * empty value and none). Those are added up; for a gauge the later one counts. If several views select one instrument,
 * only the first one's series with these labels is kept, since all of them count the same measurements.
 */
export class MergedSeries {
  readonly #labels: RowLabels;
  readonly #collection: Collection;
  readonly #showsExemplars: boolean;
  readonly #series = new Map<string, ScopedSeries>();
  readonly #buckets = new ClassicBuckets();
  readonly #native: NativeBuckets | undefined;
  readonly #isOfAnother = (key: string, scope: Scope): boolean => {
    const known = this.#series.get(key);
    return known !== undefined && known.scope !== scope;
  };

  constructor(
    translation: Translation,
    collection: Collection,
    { exemplars = false, native = false, laterScope }: MergingOptions = {},
  ) {
    this.#labels = new RowLabels(translation, collection.interner, laterScope);
    this.#collection = collection;
    this.#showsExemplars = exemplars;
    this.#native = native ? new NativeBuckets() : undefined;
  }

  /**
   * The series of the given metrics, in their order; a step without a series yields `undefined`.
   *
   * @param areDistinct whether no two have the same labels. Then each follows as soon as it is read.
   */
  *of(metrics: readonly FamilyMetric[], areDistinct = false): Generator<Series | undefined, void> {
    for (const each of metrics) {
      const { kind, series } = each.metric;
      const step = kind === "sum" || kind === "gauge" ? STEP_NUMBERS : STEP_HISTOGRAMS;
      for (let from = 0; from < series.length; from += step) {
        yield* this.#range(each, from, from + step, areDistinct);
        yield undefined;
      }
    }
    yield* this.#series.values();
  }

  /** Adds one row of a metric, with a copy of its cells. {@link of} returns its series after those of its metrics. */
  *add({ metric, plan }: FamilyMetric, row: number, cells: Float64Array): Generator<undefined, void> {
    yield* this.#add(metric, plan, row, this.#figures(metric, cells, 0));
  }

  *#range(
    { metric, plan }: FamilyMetric,
    from: number,
    to: number,
    areDistinct: boolean,
  ): Generator<Series | undefined, void> {
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
    for (const [i, row] of rows.entries()) {
      if (areDistinct)
        yield this.#seriesOf(metric, yield* this.#labels.ofRow(metric, plan, row), row, figures[i]!);
      else yield* this.#add(metric, plan, row, figures[i]!);
    }
  }

  *#add(
    metric: CollectedMetric,
    plan: MetricPlan,
    row: number,
    figures: Figures,
  ): Generator<undefined, void> {
    const { labels, key } = yield* this.#labels.of(metric, plan, row, this.#isOfAnother);
    const same = this.#series.get(key);
    if (same?.metrics.some((known) => isOtherView(known, metric)) === true) return;
    const one = this.#seriesOf(metric, labels, row, figures);
    this.#series.set(key, same === undefined ? one : merged(same, one, metric.kind));
  }

  #seriesOf(metric: CollectedMetric, labels: readonly Label[], row: number, figures: Figures): ScopedSeries {
    const { scope, series } = metric;
    const times = series.timesOf?.(row);
    return {
      labels,
      ...figures,
      timeUnixMillis: times === undefined ? this.#collection.timeUnixMillis : millisFromHrTime(times.endTime),
      startTimeUnixMillis: series.startTimeOf(row),
      exemplars: this.#showsExemplars ? series.exemplarsOf(row) : [],
      scope,
      metrics: [metric],
    };
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
  readonly startTimeUnixMillis: number;
  readonly scope: Scope;
  readonly metrics: readonly CollectedMetric[];
}

// Whether two metrics are those of two views of one instrument.
function isOtherView({ origin: known }: CollectedMetric, { origin }: CollectedMetric): boolean {
  return known !== undefined && known.instrument === origin?.instrument && known.index !== origin.index;
}

function merged(earlier: ScopedSeries, later: ScopedSeries, kind: CollectedMetric["kind"]): ScopedSeries {
  return {
    ...later,
    labels: earlier.labels,
    ...(kind !== "gauge" && added(earlier, later)),
    startTimeUnixMillis: Math.min(later.startTimeUnixMillis, earlier.startTimeUnixMillis),
    exemplars: [...(earlier.exemplars ?? []), ...(later.exemplars ?? [])],
    metrics: [...earlier.metrics, ...later.metrics],
  };
}

function copyOf({
  length,
  bounds,
  cumulativeCounts,
  count,
  sum,
  min,
  max,
}: ClassicBuckets): ClassicHistogram {
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
