// Two sources as one: a newer one, and an older one for what is before its samples.
import type { Pieces } from "./evaluation/evaluation.ts";
import type { Pause } from "./from-zero.ts";
import { labelsKey } from "./labels-key.ts";
import { hasCustomBuckets } from "./histograms/bucket-bounds.ts";
import { HistogramSum } from "./histograms/histogram-sum.ts";
import { isReset } from "./histograms/is-reset.ts";
import type { NativeHistogram } from "./native-histogram.ts";
import { filtered, gathered, mapped, type Reading } from "./reading.ts";
import { type Catalogue, type MetricMetadata, readOne, SampleSource } from "./sample-source.ts";
import type { Labels, SampleSeries, Selection } from "./source.ts";
import { type SplicePoint, splicePointOf } from "./splice-point.ts";
import { samplesAlone, type WindowedSeries, type WindowSelection } from "./windowed-series.ts";
import { endOf, firstEndingFrom } from "./windows.ts";

// Time before the first sample that is needed, from which the older source finds the ends of series.
const MARGIN_MILLIS = 900_000;
const NO_VALUES = new Float64Array();

interface Newer {
  /** Those with samples in the selection. If it has all of the selection, also those with samples at other times. */
  readonly series: ReadonlyMap<string, SampleSeries>;
  /** Time of its first sample: -Infinity if it has all of the selection, infinite without any. */
  readonly first: number;
  /**
   * Time from which it replaces older samples of its series; by default the first one of each. Exact selections all have the
   * same samples, so that windows that follow each other add up.
   */
  readonly until: number | undefined;
}

/** Joins two sources series by series: the samples of `newer`, and those of `older` before the first one that `newer` has. */
export class JoinedSource extends SampleSource implements Catalogue {
  readonly #older: SampleSource;
  readonly #newer: SampleSource;
  readonly beginUnixMillis: number = Infinity;

  constructor(older: SampleSource, newer: SampleSource) {
    super();
    this.#older = older;
    this.#newer = newer;
  }

  override get knowsStarts(): boolean {
    return this.#older.knowsStarts;
  }

  override catalogue(): Catalogue {
    return this;
  }

  async ready(): Promise<void> {
    await Promise.all([this.#older.catalogue().ready(), this.#newer.catalogue().ready()]);
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => this.#read(selection));
  }

  /** Windows that end before the first sample of the newer source are those of the older one. */
  override *windows(asked: WindowSelection): Reading<WindowedSeries> {
    const { windows, operation, ...selection } = asked;
    const newer = yield* this.#newerOf(selection);
    const count = firstEndingFrom(windows, newer.first);
    if (this.#older.windows === undefined || count === 0) {
      yield* mapped(this.#joined(selection, newer), samplesAlone);
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
    yield* mapped(this.#older.windows(older), (series) => {
      const continued = taken(left, series.labels);
      const samples =
        series.samples && continued
          ? joinedSeries(series.samples, continued, newer.until, selection.isExact)
          : continued;
      return { ...series, samples: samples ?? series.samples };
    });
    yield Array.from(left.values(), samplesAlone);
  }

  *#read(selection: Selection): Reading<SampleSeries> {
    yield* this.#joined(selection, yield* this.#newerOf(selection));
  }

  *#newerOf(selection: Selection): Pieces<Newer> {
    const series = new Map<string, SampleSeries>();
    let first = Infinity;
    for (const each of yield* gathered(readOne(this.#newer, selection))) {
      series.set(labelsKey(each.labels), each);
      first = Math.min(first, each.times[0] ?? Infinity);
    }
    const { beginUnixMillis: begin } = this.#newer.catalogue();
    if (begin > selection.from) return { series, first, until: undefined };
    if (selection.isExact === true) return { series, first: -Infinity, until: undefined };
    const known = { ...selection, from: begin, to: Infinity };
    for (const labels of yield* gathered(this.#newer.catalogue().labels(known))) {
      const key = labelsKey(labels);
      if (!series.has(key)) series.set(key, { labels, times: NO_VALUES, values: NO_VALUES });
    }
    return { series, first: -Infinity, until: selection.from };
  }

  *#joined(selection: Selection, newer: Newer): Reading<SampleSeries> {
    const left = new Map(newer.series);
    const joined = mapped(readOne(this.#older, olderSelection(selection, newer)), (older) => {
      const continued = taken(left, older.labels);
      return continued ? joinedSeries(older, continued, newer.until, selection.isExact) : older;
    });
    yield* filtered(joined, hasSamples);
    yield [...left.values()].filter(hasSamples);
  }

  *labels(selection: Selection): Reading<Labels> {
    const seen = new Set<string>();
    const isNew = (labels: Labels): boolean => {
      const { size } = seen;
      return seen.add(labelsKey(labels)).size > size;
    };
    for (const source of [this.#newer, this.#older])
      yield* filtered(source.catalogue().labels(selection), isNew);
  }

  /** Those of the older source. The last one ends when the newer source begins, which may be earlier than the older knows. */
  *pauses(from: number): Reading<Pause> {
    const [{ to: begin } = { to: Infinity }] = yield* gathered(this.#newer.catalogue().pauses(from));
    const until = (pause: Pause): Pause =>
      pause.from < begin ? { from: pause.from, to: Math.min(pause.to, begin) } : pause;
    yield* mapped(this.#older.catalogue().pauses(from), until);
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    const newer = await this.#newer.catalogue().metadata();
    const names = new Set(newer.map(({ name }) => name));
    const older = await this.#older.catalogue().metadata();
    return [...newer, ...older.filter(({ name }) => !names.has(name))];
  }
}

function hasSamples({ times }: SampleSeries): boolean {
  return times.length > 0;
}

// Series that only the older source has may have their samples at any later time.
function olderSelection(selection: Selection, { first }: Newer): Selection {
  const { needed } = selection;
  if (needed === undefined) return selection;
  return { ...selection, needed: { ...needed, until: Math.min(needed.until, first - 1) } };
}

function taken(left: Map<string, SampleSeries>, labels: Labels): SampleSeries | undefined {
  // No key for each series of the other source, if this one has none.
  if (left.size === 0) return undefined;
  const key = labelsKey(labels);
  const series = left.get(key);
  left.delete(key);
  return series;
}

/**
 * Older samples of a series before `until`, continued by newer ones.
 *
 * @param isExact whether a restart between them has a sample of 0.
 */
export function joinedSeries(
  older: SampleSeries,
  newer: SampleSeries,
  until?: number,
  isExact = false,
): SampleSeries {
  const splicePoint = splicePointOf(older, newer, until);
  const { kept, first } = splicePoint;
  const count = kept + newer.times.length - first;
  const joined = <Column extends Float64Array | Uint8Array>(
    all: Column,
    before: Column | undefined,
    after: Column | undefined,
  ): Column => {
    if (before !== undefined) all.set(before.subarray(0, kept));
    if (after !== undefined) all.set(after.subarray(first), kept);
    return all;
  };
  const hasMarkers = (older.stale ?? newer.stale) !== undefined;
  const histograms = joinedHistograms(older, newer, splicePoint, isExact);
  return {
    labels: newer.labels,
    times: joined(new Float64Array(count), older.times, newer.times),
    values: joined(new Float64Array(count), older.values, newer.values),
    ...(histograms !== undefined && { histograms }),
    ...(hasMarkers && { stale: joined(new Uint8Array(count), older.stale, newer.stale) }),
  };
}

function joinedHistograms(
  older: SampleSeries,
  newer: SampleSeries,
  { kept, first }: SplicePoint,
  isExact: boolean,
): readonly (NativeHistogram | undefined)[] | undefined {
  if (older.histograms === undefined && newer.histograms === undefined) return undefined;
  const of = ({ histograms, times }: SampleSeries): readonly (NativeHistogram | undefined)[] =>
    histograms ?? Array.from(times, () => undefined);
  const [before, after] = [of(older).slice(0, kept), of(newer).slice(first)];
  const [last, next] = [before.at(-1), after[0]];
  if (next === undefined || last === undefined) return [...before, ...after];
  // Stored rows may have a lower resolution, which would be a reset. It still is one in subqueries, which know no hints.
  if (isExact) {
    if (next.count >= last.count) after[0] = { ...next, resetHint: "not-reset" };
  } else if (next.schema > last.schema && !hasCustomBuckets(next) && !hasCustomBuckets(last)) {
    const coarse = new HistogramSum();
    coarse.set(next, last.schema);
    after[0] = { ...next, resetHint: isReset(last, coarse) ? "reset" : "not-reset" };
  }
  return [...before, ...after];
}
