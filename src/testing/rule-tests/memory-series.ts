import { grouped } from "../../query/grouped.ts";
import { labelsTest, metricNameOf } from "../../query/evaluation/matchers.ts";
import { firstAfter } from "../../query/evaluation/sample-search.ts";
import { labelsKey } from "../../query/labels-key.ts";
import { type Reading, readingOf } from "../../query/reading.ts";
import { SampleSource } from "../../query/sample-source.ts";
import type { SampleSeries, Selection } from "../../query/source.ts";

/** Series in memory, of which only the samples up to a time are visible. */
export class MemorySeries extends SampleSource {
  readonly #series: readonly SampleSeries[];
  readonly #byName: ReadonlyMap<string, readonly SampleSeries[]>;
  /** Time in Unix milliseconds after which samples are not visible. */
  untilMillis: number = Infinity;

  /** The last one of several series with the same labels counts, as in promtool. */
  constructor(series: readonly SampleSeries[]) {
    super();
    this.#series = [...new Map(series.map((each) => [labelsKey(each.labels), each])).values()];
    this.#byName = grouped(this.#series, ({ labels }) => labels["__name__"] ?? "");
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => readingOf(this.#selected(selection)));
  }

  #selected({ matchers, from, to }: Selection): readonly SampleSeries[] {
    const holds = labelsTest(matchers);
    const last = Math.min(to, this.untilMillis);
    const name = metricNameOf(matchers);
    const named = name === undefined ? this.#series : (this.#byName.get(name) ?? []);
    return named
      .filter(({ labels }) => holds(labels))
      .map((series) => partOf(series, from, last))
      .filter(({ times }) => times.length > 0);
  }
}

function partOf(
  { labels, times, values, stale, histograms }: SampleSeries,
  from: number,
  to: number,
): SampleSeries {
  const start = firstAfter(times, from - 1);
  const end = Math.max(start, firstAfter(times, to));
  return {
    labels,
    times: times.subarray(start, end),
    values: values.subarray(start, end),
    ...(stale !== undefined && { stale: stale.subarray(start, end) }),
    ...(histograms !== undefined && { histograms: histograms.slice(start, end) }),
  };
}
