// The stored series that a selection may match, by metric.
import { labelsTest, valueTest } from "../../query/evaluation/matchers.ts";
import type { Labels, Matcher } from "../../query/source.ts";
import { escapedMetricName } from "../../translation/escape-name.ts";
import { BUCKET_LABEL } from "../../translation/labels.ts";
import { grouped } from "../grouped.ts";
import type { Store } from "../store/index.ts";
import type { StoredMetric } from "../store/stored.ts";
import type { OpenLane } from "../windows/lane-values.ts";
import { CancelledError } from "./cancelled-error.ts";
import { type AskedSeries, Lanes } from "./lanes.ts";
import type { TimeRange } from "./lane-samples.ts";
import { labelsOf } from "./stored-labels.ts";

/** Series of one name in Prometheus, with their labels as attributes. */
export interface MatchingMetric {
  readonly name: string;
  readonly isHistogram: boolean;
  readonly series: readonly AskedSeries[];
}

const NAME = "__name__";
const HISTOGRAM_SUFFIXES = ["", "_bucket", "_sum", "_count"];
const NO_METRIC: Pick<StoredMetric, "type" | "prometheusName"> = { type: "gauge", prometheusName: "" };
const BLOCKS_A_LOOK = 256;

// The bound of a bucket, and what distinguishes processes.
const LATER = new RegExp(`^(?:${NAME}|${BUCKET_LABEL}|service_name|service_instance_id)$`);

/** Iterates over the metrics whose names match, with the series whose labels may match. */
export function* matchingMetrics(store: Store, matchers: readonly Matcher[]): Generator<MatchingMetric> {
  const nameTests = matchers.filter(({ label }) => label === NAME).map(valueTest);
  const isName = (name: string): boolean => nameTests.every((test) => test(name));
  // Labels of resources are only added to distinguish series, so they are tested later, and bounds of buckets, too.
  const isPossible = labelsTest(matchers.filter(({ label }) => !LATER.test(label)));
  const byName = grouped(store.metrics(), ({ type, prometheusName }) => `${type} ${prometheusName}`);
  for (const metrics of byName.values()) {
    const [{ type, prometheusName } = NO_METRIC] = metrics;
    const name = escapedMetricName(prometheusName, "underscores");
    const isHistogram = type === "histogram";
    const suffixes = isHistogram ? HISTOGRAM_SUFFIXES : [""];
    if (!suffixes.some((suffix) => isName(name + suffix))) continue;
    const series = metrics
      .flatMap(({ id }) => store.series(id))
      .flatMap((each): readonly AskedSeries[] => {
        const labels: Labels = labelsOf(each);
        return isPossible(labels) ? [{ ...each, attributes: labels, scope: "" }] : [];
      });
    yield { name, isHistogram, series };
  }
}

/**
 * Passes all blocks of a metric to the lanes that `open` returns, in order of time.
 *
 * @throws CancelledError once `isCancelled` returns true
 */
export function walkLanes(
  store: Store,
  { name, isHistogram, series }: MatchingMetric,
  { from, to }: TimeRange,
  open: OpenLane,
  isCancelled: () => boolean,
): void {
  const walk = new Lanes(series, [], (lane) => {
    const block = open({ name, labels: lane.attributes, isHistogram }, lane);
    return { block, finish: () => {} };
  });
  let read = 0;
  const ids = series.map(({ id }) => id);
  for (const batch of store.batches(ids, from, to)) {
    for (const block of batch) {
      if (read++ % BLOCKS_A_LOOK === 0 && isCancelled()) throw new CancelledError();
      walk.take(block);
    }
  }
  walk.finish();
}
