// Selection of samples from the store, for queries in PromQL.
import { labelsTest, valueTest } from "../../query/evaluation/matchers.ts";
import type { SampleSeries, Selection } from "../../query/source.ts";
import { escapedMetricName } from "../../translation/escape-name.ts";
import { BUCKET_LABEL } from "../../translation/labels.ts";
import { grouped } from "../grouped.ts";
import { CancelledError } from "./cancelled-error.ts";
import { type AskedSeries, Lanes } from "./lanes.ts";
import type { Store } from "../store/index.ts";
import type { StoredMetric } from "../store/stored.ts";
import { LaneSamples } from "./lane-samples.ts";
import { withMarkers } from "./stale-markers.ts";
import { labelsOf } from "./stored-labels.ts";

/** A selection without its signal, which cannot be sent to another thread. */
export type SentSelection = Omit<Selection, "signal">;

/** The selected series, or the reason for which there are too many samples. */
export interface Selected {
  readonly problem?: string;
  readonly series: readonly SampleSeries[];
}

const NAME = "__name__";
const HISTOGRAM_SUFFIXES = ["", "_bucket", "_sum", "_count"];
// Samples are held in memory, at least two numbers each.
const MAX_SAMPLES = 10_000_000;
const BLOCKS_A_LOOK = 256;

/**
 * Selects series under the names and labels of Prometheus. Series of consecutive processes are joined. Those of processes
 * that ran at the same time have the label `service_instance_id`.
 *
 * @param isCancelled polled during the work
 * @throws CancelledError once `isCancelled` returns true
 */
export function select(
  store: Store,
  { matchers, from, to }: SentSelection,
  isCancelled: () => boolean = () => false,
): Selected {
  const isWanted = labelsTest(matchers);
  const nameTests = matchers.filter(({ label }) => label === NAME).map(valueTest);
  const isName = (name: string): boolean => nameTests.every((test) => test(name));
  const newest = Math.min(store.usage().newest ?? -Infinity, to);
  // By labels. Metrics of two types may have the same name in Prometheus; the first one counts.
  const series = new Map<string, SampleSeries>();
  let left = MAX_SAMPLES;
  for (const metrics of grouped(
    store.metrics(),
    ({ type, prometheusName }) => `${type} ${prometheusName}`,
  ).values()) {
    const [{ type, prometheusName } = NO_METRIC] = metrics;
    const name = escapedMetricName(prometheusName, "underscores");
    const isHistogram = type === "histogram";
    const suffixes = isHistogram ? HISTOGRAM_SUFFIXES : [""];
    if (!suffixes.some((suffix) => isName(name + suffix))) continue;
    // Labels of resources are only added to distinguish series, so they are tested later, and bounds of buckets, too.
    const isPossible = labelsTest(matchers.filter(({ label }) => !LATER.test(label)));
    const found = metrics
      .flatMap(({ id }) => store.series(id))
      .flatMap((each): readonly AskedSeries[] => {
        const labels = labelsOf(each);
        return isPossible(labels) ? [{ ...each, attributes: labels, scope: "" }] : [];
      });
    const lanes: LaneSamples[] = [];
    const walk = new Lanes(found, [], ({ attributes }) => {
      const lane = new LaneSamples({ name, labels: attributes, isHistogram }, isWanted, { from, to });
      lanes.push(lane);
      return {
        block: (block) => {
          left -= lane.add(block);
        },
        finish: () => {},
      };
    });
    let read = 0;
    for (const batch of store.batches(
      found.map(({ id }) => id),
      from,
      to,
    )) {
      for (const block of batch) {
        if (read++ % BLOCKS_A_LOOK === 0 && isCancelled()) throw new CancelledError();
        walk.take(block);
        if (left < 0) return TOO_MANY;
      }
    }
    walk.finish();
    if (left < 0) return TOO_MANY;
    for (const each of lanes.flatMap((lane) => lane.series())) {
      const key = JSON.stringify(each.labels);
      if (!series.has(key)) series.set(key, withMarkers(each, newest));
    }
  }
  return { series: [...series.values()] };
}

const NO_METRIC: Pick<StoredMetric, "type" | "prometheusName"> = { type: "gauge", prometheusName: "" };

// The bound of a bucket, and what distinguishes processes.
const LATER = new RegExp(`^(?:${NAME}|${BUCKET_LABEL}|service_name|service_instance_id)$`);

const TOO_MANY: Selected = {
  problem: `the selection has more than ${MAX_SAMPLES} samples; use a shorter range or fewer series`,
  series: [],
};
