// Two sources as one: a newer one, and an older one for what is before its samples.
import {
  type CapableSource,
  labelsOf,
  type LabelSource,
  type MetadataSource,
  type MetricMetadata,
  type PausingSource,
  type ReadySource,
  samplesAlone,
  type WindowedSeries,
  type WindowSelection,
  type WindowSource,
} from "./capable-source.ts";
import type { Pause } from "./from-zero.ts";
import { labelsKey } from "./labels-key.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import { firstAfter } from "./evaluation/sample-search.ts";
import { type Seam, seamOf } from "./seam.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";
import { endOf, firstEndingFrom } from "./windows.ts";

// Time before the first sample that is needed, from which the older source finds the ends of series.
const MARGIN_MILLIS = 900_000;

interface Newer {
  readonly series: ReadonlyMap<string, SampleSeries>;
  /** Time from which it has all samples; infinite if it does not know it. */
  readonly begin: number;
  /** Time of its first sample: -Infinity if it has all of the selection, infinite without any. */
  readonly first: number;
}

/** Joins two sources series by series: the samples of `newer`, and those of `older` before the first one that `newer` has. */
export class JoinedSource
  implements Source, LabelSource, MetadataSource, PausingSource, ReadySource, WindowSource
{
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
    yield* this.#joined(selection, await this.#newerOf(selection));
  }

  /** Windows that end before the first sample of the newer source are those of the older one. */
  async *windows(asked: WindowSelection): AsyncGenerator<WindowedSeries> {
    const { windows, operation, ...selection } = asked;
    const newer = await this.#newerOf(selection);
    const count = firstEndingFrom(windows, newer.first);
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
    const left = new Map(newer.series);
    for await (const series of this.#older.windows(older)) {
      const continued = taken(left, series.labels);
      const samples =
        series.samples && continued ? continuedBy(series.samples, continued, selection, newer) : continued;
      yield { ...series, samples: samples ?? series.samples };
    }
    for (const series of left.values()) yield samplesAlone(series);
  }

  async #newerOf(selection: Selection): Promise<Newer> {
    const series = new Map<string, SampleSeries>();
    let first = Infinity;
    for await (const each of this.#newer.select(selection)) {
      series.set(labelsKey(each.labels), each);
      first = Math.min(first, each.times[0] ?? Infinity);
    }
    const begin = this.#newer.beginUnixMillis ?? Infinity;
    return { series, begin, first: begin <= selection.from ? -Infinity : first };
  }

  async *#joined(selection: Selection, newer: Newer): AsyncGenerator<SampleSeries> {
    const left = new Map(newer.series);
    for await (const older of this.#older.select(olderSelection(selection, newer))) {
      const continued = taken(left, older.labels);
      yield continued === undefined ? older : continuedBy(older, continued, selection, newer);
    }
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

  /** Those of the older source. The last one ends when the newer source begins, which may be earlier than the older knows. */
  async pauses(): Promise<readonly Pause[]> {
    const [{ to: begin } = { to: Infinity }] = (await this.#newer.pauses?.()) ?? [];
    const pauses = (await this.#older.pauses?.()) ?? [];
    return pauses.map(({ from, to }) => ({ from, to: from < begin ? Math.min(to, begin) : to }));
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    const newer = (await this.#newer.metadata?.()) ?? [];
    const names = new Set(newer.map(({ name }) => name));
    const older = (await this.#older.metadata?.()) ?? [];
    return [...newer, ...older.filter(({ name }) => !names.has(name))];
  }
}

// Series that only the older source has may have their samples at any later time.
function olderSelection(selection: Selection, { first }: Newer): Selection {
  const { needed } = selection;
  if (needed === undefined) return selection;
  return { ...selection, needed: { ...needed, until: Math.min(needed.until, first - 1) } };
}

// A newer sample before all collections in memory is the 0 with which the series began.
function continuedBy(
  older: SampleSeries,
  newer: SampleSeries,
  { from }: Selection,
  { begin }: Newer,
): SampleSeries {
  const { times } = newer;
  return joinedSeries(older, newer, begin <= from ? from : times[firstAfter(times, begin - 1)]);
}

function taken(left: Map<string, SampleSeries>, labels: Labels): SampleSeries | undefined {
  const key = labelsKey(labels);
  const series = left.get(key);
  left.delete(key);
  return series;
}

/** Older samples of a series before `until`, continued by newer ones. */
export function joinedSeries(older: SampleSeries, newer: SampleSeries, until?: number): SampleSeries {
  const seam = seamOf(older, newer.times, until);
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
