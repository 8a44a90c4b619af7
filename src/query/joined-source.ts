// Two sources as one: an older one, and a newer one from the time at which the older one ends.
import {
  type CapableSource,
  labelsOf,
  type LabelSource,
  type MetadataSource,
  type MetricMetadata,
  type ReadySource,
} from "./capable-source.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";

/**
 * Joins two sources series by series: all samples of `older`, and those of `newer` after its last one. A stale marker at
 * the end of an older series is left out if the newer one continues it.
 */
export class JoinedSource implements Source, LabelSource, MetadataSource, ReadySource {
  readonly #older: CapableSource;
  readonly #newer: CapableSource;

  constructor(older: CapableSource, newer: CapableSource) {
    this.#older = older;
    this.#newer = newer;
  }

  async ready(): Promise<void> {
    await Promise.all([this.#older.ready?.(), this.#newer.ready?.()]);
  }

  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    const newer = new Map<string, SampleSeries>();
    for await (const series of this.#newer.select(selection)) newer.set(keyOf(series.labels), series);
    for await (const older of this.#older.select(selection)) {
      const key = keyOf(older.labels);
      const continued = newer.get(key);
      newer.delete(key);
      yield continued === undefined ? older : joined(older, continued);
    }
    yield* newer.values();
  }

  async *labels(selection: Selection): AsyncGenerator<Labels> {
    const seen = new Set<string>();
    for (const source of [this.#newer, this.#older]) {
      for await (const labels of labelsOf(source, selection)) {
        const key = keyOf(labels);
        if (seen.has(key)) continue;
        seen.add(key);
        yield labels;
      }
    }
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    const newer = (await this.#newer.metadata?.()) ?? [];
    const names = new Set(newer.map(({ name }) => name));
    const older = (await this.#older.metadata?.()) ?? [];
    return [...newer, ...older.filter(({ name }) => !names.has(name))];
  }
}

// Keys are sorted, so equal labels have equal texts.
function keyOf(labels: Labels): string {
  return JSON.stringify(labels);
}

function joined(older: SampleSeries, newer: SampleSeries): SampleSeries {
  const isEnded = older.stale?.at(-1) === 1;
  const oldCount = older.times.length - (isEnded ? 1 : 0);
  const last = oldCount === 0 ? -Infinity : older.times[oldCount - 1]!;
  const found = newer.times.findIndex((time) => time > last);
  if (found < 0) return older;
  const count = oldCount + newer.times.length - found;
  const column = (values: Float64Array, more: Float64Array): Float64Array => {
    const all = new Float64Array(count);
    all.set(values.subarray(0, oldCount));
    all.set(more.subarray(found), oldCount);
    return all;
  };
  const stale = joinedMarkers(older, newer, oldCount, found);
  const histograms = joinedHistograms(older, newer, oldCount, found);
  return {
    labels: newer.labels,
    times: column(older.times, newer.times),
    values: column(older.values, newer.values),
    ...(histograms !== undefined && { histograms }),
    ...(stale !== undefined && { stale }),
  };
}

function joinedMarkers(
  older: SampleSeries,
  newer: SampleSeries,
  oldCount: number,
  found: number,
): Uint8Array | undefined {
  if (older.stale === undefined && newer.stale === undefined) return undefined;
  const stale = new Uint8Array(oldCount + newer.times.length - found);
  if (older.stale !== undefined) stale.set(older.stale.subarray(0, oldCount));
  if (newer.stale !== undefined) stale.set(newer.stale.subarray(found), oldCount);
  return stale;
}

function joinedHistograms(
  older: SampleSeries,
  newer: SampleSeries,
  oldCount: number,
  found: number,
): readonly (NativeHistogram | undefined)[] | undefined {
  if (older.histograms === undefined && newer.histograms === undefined) return undefined;
  const of = ({ histograms, times }: SampleSeries): readonly (NativeHistogram | undefined)[] =>
    histograms ?? Array.from(times, () => undefined);
  return [...of(older).slice(0, oldCount), ...of(newer).slice(found)];
}
