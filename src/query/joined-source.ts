// Two sources as one: an older one, and a newer one from the time at which the older one ends.
import {
  type CapableSource,
  labelsOf,
  type LabelSource,
  type MetadataSource,
  type MetricMetadata,
  type ReadySource,
  samplesAlone,
  type WindowedSeries,
  type WindowSelection,
  type WindowSource,
} from "./capable-source.ts";
import { labelsKey } from "./labels-key.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import { type Seam, seamOf, type SeamOf } from "./seam.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";
import { endOf, firstEndingFrom } from "./windows.ts";

// Time before the first sample that is needed, from which the older source finds the ends of series.
const MARGIN_MILLIS = 900_000;

/**
 * Joins two sources series by series: by default all samples of `older`, and those of `newer` after its last one. A stale
 * marker at the end of an older series is left out if the newer one continues it before.
 */
export class JoinedSource implements Source, LabelSource, MetadataSource, ReadySource, WindowSource {
  readonly #older: CapableSource;
  readonly #newer: CapableSource;
  readonly #seam: SeamOf;

  constructor(older: CapableSource, newer: CapableSource, seam: SeamOf = seamOf) {
    this.#older = older;
    this.#newer = newer;
    this.#seam = seam;
  }

  async ready(): Promise<void> {
    await Promise.all([this.#older.ready?.(), this.#newer.ready?.()]);
  }

  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    yield* this.#joined(selection, await this.#newerOf(selection));
  }

  /** Windows that end before the first sample of the newer source are those of the older one. */
  async *windows(asked: WindowSelection): AsyncGenerator<WindowedSeries> {
    const { windows, operation, ...selection } = asked;
    const newer = await this.#newerOf(selection);
    const count = firstEndingFrom(windows, beginOf(newer));
    if (this.#older.windows === undefined || count === 0) {
      for await (const series of this.#joined(selection, newer)) yield samplesAlone(series);
      return;
    }
    if (count === windows.count && asked.samplesFrom === undefined) {
      yield* this.#older.windows(asked);
      return;
    }
    const laterFrom = endOf(windows, count) - windows.rangeMillis + 1 - MARGIN_MILLIS;
    const samplesFrom = Math.min(asked.samplesFrom ?? Infinity, laterFrom);
    const older = {
      ...olderSelection(selection, newer),
      operation,
      windows: { ...windows, count },
      samplesFrom,
    };
    const left = new Map(newer);
    for await (const series of this.#older.windows(older)) {
      const continued = taken(left, series.labels);
      const samples =
        series.samples === undefined ? continued : joinedSeries(series.samples, continued, this.#seam);
      yield { ...series, samples };
    }
    for (const series of left.values()) yield samplesAlone(series);
  }

  async #newerOf(selection: Selection): Promise<ReadonlyMap<string, SampleSeries>> {
    const newer = new Map<string, SampleSeries>();
    for await (const series of this.#newer.select(selection)) newer.set(labelsKey(series.labels), series);
    return newer;
  }

  async *#joined(
    selection: Selection,
    newer: ReadonlyMap<string, SampleSeries>,
  ): AsyncGenerator<SampleSeries> {
    const left = new Map(newer);
    for await (const older of this.#older.select(olderSelection(selection, newer)))
      yield joinedSeries(older, taken(left, older.labels), this.#seam);
    yield* left.values();
  }

  async *labels(selection: Selection): AsyncGenerator<Labels> {
    const seen = new Set<string>();
    for (const source of [this.#newer, this.#older]) {
      for await (const labels of labelsOf(source, selection)) {
        const key = labelsKey(labels);
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

// Time of the first sample; infinite without any.
function beginOf(series: ReadonlyMap<string, SampleSeries>): number {
  let begin = Infinity;
  for (const { times } of series.values()) begin = Math.min(begin, times[0] ?? Infinity);
  return begin;
}

// The last older sample decides which newer ones follow it.
function olderSelection(selection: Selection, newer: ReadonlyMap<string, SampleSeries>): Selection {
  const { needed } = selection;
  if (needed === undefined) return selection;
  return { ...selection, needed: { ...needed, until: Math.min(needed.until, beginOf(newer) - 1) } };
}

function taken(left: Map<string, SampleSeries>, labels: Labels): SampleSeries | undefined {
  const key = labelsKey(labels);
  const series = left.get(key);
  left.delete(key);
  return series;
}

/** Older samples of a series, continued by newer ones at a seam. */
export function joinedSeries(
  older: SampleSeries,
  newer: SampleSeries | undefined,
  seamAt: SeamOf,
): SampleSeries {
  if (newer === undefined) return older;
  const seam = seamAt(older.times, older.stale?.at(-1) === 1, newer.times);
  if (seam === undefined) return older;
  const { kept, first } = seam;
  const count = kept + newer.times.length - first;
  const column = (values: Float64Array, more: Float64Array): Float64Array => {
    const all = new Float64Array(count);
    all.set(values.subarray(0, kept));
    all.set(more.subarray(first), kept);
    return all;
  };
  const stale = joinedMarkers(older, newer, seam);
  const histograms = joinedHistograms(older, newer, seam);
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
  { kept, first }: Seam,
): Uint8Array | undefined {
  if (older.stale === undefined && newer.stale === undefined) return undefined;
  const stale = new Uint8Array(kept + newer.times.length - first);
  if (older.stale !== undefined) stale.set(older.stale.subarray(0, kept));
  if (newer.stale !== undefined) stale.set(newer.stale.subarray(first), kept);
  return stale;
}

function joinedHistograms(
  older: SampleSeries,
  newer: SampleSeries,
  { kept, first }: Seam,
): readonly (NativeHistogram | undefined)[] | undefined {
  if (older.histograms === undefined && newer.histograms === undefined) return undefined;
  const of = ({ histograms, times }: SampleSeries): readonly (NativeHistogram | undefined)[] =>
    histograms ?? Array.from(times, () => undefined);
  return [...of(older).slice(0, kept), ...of(newer).slice(first)];
}
