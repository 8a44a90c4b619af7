import type { ImmediateSource, SeriesInMemory } from "../../query/capable-source.ts";
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { SampleSeries, Selection, Source } from "../../query/source.ts";

/** Series in memory, of which only the samples up to a time are visible. */
export class MemorySeries implements Source, ImmediateSource {
  readonly #series: readonly SampleSeries[];
  /** Time in Unix milliseconds after which samples are not visible. */
  untilMillis: number = Infinity;

  constructor(series: readonly SampleSeries[]) {
    this.#series = series;
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    yield* this.#selected(selection);
  }

  inMemory(): SeriesInMemory {
    const selected = (selection: Selection): readonly SampleSeries[] => this.#selected(selection);
    return {
      *select(selection) {
        yield;
        return selected(selection);
      },
    };
  }

  #selected({ matchers, from, to }: Selection): readonly SampleSeries[] {
    const holds = labelsTest(matchers);
    const last = Math.min(to, this.untilMillis);
    return this.#series
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
  const found = times.findIndex((time) => time >= from);
  const start = found < 0 ? times.length : found;
  const end = Math.max(start, times.findLastIndex((time) => time <= to) + 1);
  return {
    labels,
    times: times.subarray(start, end),
    values: values.subarray(start, end),
    ...(stale !== undefined && { stale: stale.subarray(start, end) }),
    ...(histograms !== undefined && { histograms: histograms.slice(start, end) }),
  };
}
