// The stored series that a selection may match, by metric.
import { labelsTest, valueTest } from "../../query/evaluation/matchers.ts";
import type { Matcher } from "../../query/source.ts";
import { BUCKET_LABEL } from "../../translation/labels.ts";
import { grouped } from "../../query/grouped.ts";
import { lastPointsBefore } from "../query/last-points.ts";
import { startsOf, withStarts } from "../query/restarts.ts";
import type { Block } from "../store/block.ts";
import type { Store } from "../store/index.ts";
import type { OpenLane } from "../windows/lane-values.ts";
import { CancelledError } from "./cancelled-error.ts";
import { type LaneSeries, isContinued, Lanes } from "./lanes.ts";
import type { TimeRange } from "./lane-samples.ts";
import { StoredNames } from "./stored-names.ts";
import type { StoredView } from "./stored-view.ts";

/** Series of one name in Prometheus, with their labels as attributes. */
export interface MatchingMetric {
  readonly name: string;
  readonly isHistogram: boolean;
  readonly series: readonly LaneSeries[];
}

/** Matchers of labels under the names of a view. */
export interface ViewedMatchers {
  readonly matchers: readonly Matcher[];
  /** @defaultValue that of a Prometheus reader without options */
  readonly view?: StoredView | undefined;
}

/** A range of time in a view. */
export interface WalkedRange extends TimeRange, Pick<ViewedMatchers, "view"> {
  /** Series that began since then have a sample of 0 at their beginning. @defaultValue none have */
  readonly zerosFrom?: number | undefined;
  /** Time since which no point was removed, if exact increases need the blocks: with last points and starts. */
  readonly exactSince?: number | undefined;
}

export const NAME_LABEL = "__name__";
const HISTOGRAM_SUFFIXES = ["", "_bucket", "_sum", "_count"];
// The bound of a bucket, and what distinguishes processes.
const LATER = new RegExp(
  `^(?:${NAME_LABEL}|${BUCKET_LABEL}|service_name|service_instance_id|otel_scope_name)$`,
);

/** Iterates over the metrics whose names match, with the series whose labels may match. */
export function* matchingMetrics(
  store: Store,
  { matchers, view = {} }: ViewedMatchers,
): Generator<MatchingMetric> {
  const names = new StoredNames(view.translation);
  const isName = nameTest(matchers);
  // Labels of resources are only added to distinguish series, so they are tested later, and bounds of buckets, too.
  const isPossible = labelsTest(matchers.filter(({ label }) => !LATER.test(label)));
  const byName = grouped(store.metrics(), (metric) => `${metric.type} ${names.metricName(metric)}`);
  for (const metrics of byName.values()) {
    const [first] = metrics;
    if (first === undefined) continue;
    const name = names.metricName(first);
    const isHistogram = first.type === "histogram";
    const suffixes = isHistogram ? HISTOGRAM_SUFFIXES : [""];
    if (!suffixes.some((suffix) => isName(name + suffix))) continue;
    const series = metrics
      .flatMap(({ id }) => store.series(id))
      .flatMap((each): readonly LaneSeries[] => {
        const labels = names.labelsOf(each);
        return isPossible(labels) ? [{ ...each, attributes: labels, scope: names.scopeOf(each.metric) }] : [];
      });
    yield { name, isHistogram, series };
  }
}

/** Test of the names of metrics. */
export function nameTest(matchers: readonly Matcher[]): (name: string) => boolean {
  const tests = matchers.filter(({ label }) => label === NAME_LABEL).map(valueTest);
  return (name) => tests.every((test) => test(name));
}

/**
 * Passes all blocks of a metric to the lanes that `open` returns, in order of time.
 *
 * @throws CancelledError once `isCancelled` returns true
 */
export function walkLanes(
  store: Store,
  { name, isHistogram, series }: MatchingMetric,
  { from, to, view, zerosFrom = Infinity, exactSince }: WalkedRange,
  open: OpenLane,
  isCancelled: () => boolean,
): void {
  const since = view?.own?.sinceUnixMillis ?? Infinity;
  const known = exactSince === undefined ? undefined : startsOf(store, series, exactSince);
  const openLane: ConstructorParameters<typeof Lanes>[3] = (lane) => {
    const { startTimeUnixMillis: start, isFromZero: isZero } = lane.series;
    const isWithin = isZero && start >= Math.max(from, zerosFrom) && start <= to;
    const beginMillis = isWithin ? start : undefined;
    const endMillis = since <= to && isContinued(lane) ? since : undefined;
    const taker = open({ name, labels: lane.attributes, isHistogram, beginMillis, endMillis }, lane);
    const add = (block: Block): void => taker.block(block);
    if (known !== undefined) return { ...withStarts(add, known), finish: () => {} };
    return { block: add, figures: taker.figures?.bind(taker), finish: () => {} };
  };
  const walk = new Lanes(store, series, [], openLane, view?.own);
  const ids = series.map(({ id }) => id);
  if (known !== undefined) walk.takeAll(lastPointsBefore(store, series, known, from));
  for (const batch of store.batches(ids, from, to)) {
    if (isCancelled()) throw new CancelledError();
    walk.takeAll(batch);
  }
  walk.finish();
}
