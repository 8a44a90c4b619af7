// The last hour in memory: the values of all series, compressed.
import type { Collection } from "../../engine/collection/collection.ts";
import { warnOnce } from "../../diagnostics/log-once.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
import type { Pieces } from "../evaluation/evaluation.ts";
import type { Pause } from "../from-zero.ts";
import { type Reading, readingOf } from "../reading.ts";
import { type Catalogue, type MetricMetadata, SampleSource } from "../sample-source.ts";
import type { Labels, SampleSeries, Selection } from "../source.ts";
import { CollectionWalk, type Metadata } from "./collection-walk.ts";
import { ColumnSamples } from "./column-samples.ts";
import { DecodedColumns } from "./decoded-columns.ts";
import { Head } from "./head.ts";
import { type IndexedSeries, SeriesIndex } from "./series-index.ts";
import { type SealedStretch, STRETCH_LENGTH } from "./stretch.ts";
import { AllStretches } from "./stretch-range.ts";

const RETENTION_MILLIS = 3_600_000;
// Labels, keys and the place in the index, on average.
const SERIES_BYTES = 350;
// Largest share of the memory for series without their samples.
const SERIES_SHARE = 0.5;
// Largest share of the memory for uncompressed collections.
const HEAD_SHARE = 0.25;
// Largest share of the memory for decoded values.
const DECODED_SHARE = 0.0625;
// Series between two looks at the clock.
const PIECE = 64;
// A clock that was set back by more than this starts anew.
const MAX_STEP_BACK_MILLIS = 60_000;

/** Options of {@link LiveColumns}. */
export interface LiveColumnsOptions {
  /** Maximum memory; beyond it the oldest samples are dropped. */
  readonly maxBytes: number;
  readonly translation: TranslationSettings;
  /** Time from which the process counts, in Unix milliseconds. @defaultValue the start of its first series */
  readonly sinceUnixMillis?: number;
}

/**
 * Columns of collections. The times of a collection are shared by all series.
 *
 * ```
 * sealed   │ 16 collections │ 16 collections │ …      compressed, the oldest first
 * head     │ up to 16 collections │
 * ```
 */
export class LiveColumns extends SampleSource implements Catalogue {
  readonly #index = new SeriesIndex();
  readonly #maxBytes: number;
  readonly #sinceUnixMillis: number;
  readonly #walk: CollectionWalk;
  #sealed: readonly SealedStretch[] = [];
  #head = new Head();
  // Those of the last selection, until the next collection.
  #all: AllStretches | undefined;
  #decoded: DecodedColumns | undefined;
  #metadata: ReadonlyMap<string, Metadata> = new Map();
  #lastUnixMillis = -Infinity;
  // Time of the last collection that is not kept any more.
  #droppedUnixMillis: number | undefined;

  constructor({ maxBytes, translation, sinceUnixMillis = Infinity }: LiveColumnsOptions) {
    super();
    this.#maxBytes = maxBytes;
    this.#sinceUnixMillis = sinceUnixMillis;
    this.#walk = new CollectionWalk(this.#index, {
      translation,
      maxSeries: Math.floor((maxBytes * SERIES_SHARE) / SERIES_BYTES),
      onRefused: () =>
        warnOnce(
          `live samples: further series are left out, since series alone take half of ${maxBytes} bytes; raise option live.maxBytes or export fewer series`,
        ),
    });
  }

  /** Number of series that have samples. */
  get seriesCount(): number {
    return this.#index.count;
  }

  /** Time of the last collection in Unix milliseconds; -Infinity before the first. */
  get lastUnixMillis(): number {
    return this.#lastUnixMillis;
  }

  get beginUnixMillis(): number {
    const dropped = this.#droppedUnixMillis;
    return dropped === undefined ? (this.#stretches().stretches[0]?.times[0] ?? Infinity) : dropped + 1;
  }

  /** Estimated memory, in bytes. */
  get sizeBytes(): number {
    const sealed = this.#sealed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const decoded = this.#decoded?.sizeBytes ?? 0;
    return sealed + decoded + this.#head.sizeBytes + SERIES_BYTES * this.#index.count;
  }

  override get knowsStarts(): boolean {
    return true;
  }

  override catalogue(): Catalogue {
    return this;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => {
      if (selection.isExact === true) return this.#exact(selection);
      return this.#inPieces(selection, (samples, { column, labels, isNative }) => {
        const begin = this.#index.beginOf(column);
        return this.#isZeroWithin(selection, begin)
          ? samples.fromZero(column, labels, isNative, begin)
          : samples.lazy(column, labels, isNative);
      });
    });
  }

  // With the last samples before the times, and those of 0 at the starts.
  *#exact(selection: Selection): Reading<SampleSeries> {
    const { from } = selection;
    const last = this.#stretches().timeBefore(from) ?? from;
    let whole: ColumnSamples | undefined;
    yield* this.#inPieces({ ...selection, from: last }, (samples, { column, labels, isNative }) => {
      const read = samples.hasBefore(column, from) ? samples : (whole ??= samples.withEarlier());
      return read.fromStarts(column, labels, isNative, this.#index.livesOf(column));
    });
  }

  /** The labels of the series that have a sample in the range. */
  labels(selection: Selection): Reading<Labels> {
    return this.#inPieces(selection, (samples, { column, labels }) =>
      samples.has(column) ? labels : undefined,
    );
  }

  // Members of a group may count since before, and the clock may have been set back. Dropped counts are not known.
  pauses(): Reading<Pause> {
    const begin = this.beginUnixMillis;
    const isDropped = this.#droppedUnixMillis !== undefined;
    const to = isDropped ? begin : Math.min(this.#sinceUnixMillis, this.#index.firstBegin, begin);
    return readingOf([{ from: -Infinity, to }]);
  }

  async ready(): Promise<void> {}

  /** Metadata of the metrics in the last collection. */
  async metadata(): Promise<readonly MetricMetadata[]> {
    return [...this.#metadata].map(([name, { kind, help, unit }]) => ({
      name,
      type: kind === "untyped" ? "unknown" : kind,
      help: help ?? "",
      unit,
    }));
  }

  /** Adds a collection, in steps. It is visible after the last step. */
  *append(collection: Collection): Generator<void, void> {
    const time = this.#timeOf(collection);
    if (time < this.#lastUnixMillis) yield* this.#moveBefore(time);
    else if (this.#head.count === STRETCH_LENGTH) yield* this.#seal();
    try {
      this.#metadata = yield* this.#walk.write(collection, this.#head, time);
    } catch (error) {
      this.#head.abandon();
      throw error;
    }
    this.#head.commit(time);
    this.#lastUnixMillis = time;
    // They would hold what is dropped.
    this.#all = undefined;
    const kept = this.#sealed.findIndex(({ times }) => times.at(-1)! >= time - RETENTION_MILLIS);
    this.#drop(kept < 0 ? this.#sealed.length : kept);
    if (this.#head.sizeBytes > HEAD_SHARE * this.#maxBytes) yield* this.#seal();
    else this.#dropOldest();
  }

  // The results of `read` for the selected series.
  *#inPieces<Item>(
    selection: Selection,
    read: (samples: ColumnSamples, series: IndexedSeries) => Item | undefined,
  ): Reading<Item> {
    const { series, samples } = yield* this.#found(selection);
    // Not all series that may be added later.
    const { length } = series;
    for (let start = 0; start < length; start += PIECE) {
      const items: Item[] = [];
      for (let i = start; i < Math.min(start + PIECE, length); i++) {
        const item = read(samples, series[i]!);
        if (item !== undefined) items.push(item);
      }
      yield items;
    }
  }

  // The selected series, and the samples at the time when the last of them was found.
  *#found({ matchers, from, to }: Selection): Pieces<Found> {
    const series = yield* this.#index.matching(matchers);
    return { series, samples: new ColumnSamples(this.#stretches().range(from, to)) };
  }

  // Not if the first samples are dropped: all counts since then would be in the first window.
  #isZeroWithin({ isFromZero, from, to }: Selection, begin: number | undefined): begin is number {
    const first = Math.max(from, (this.#droppedUnixMillis ?? -Infinity) + 1);
    return isFromZero === true && begin !== undefined && begin >= first && begin <= to;
  }

  *#seal(): Generator<void, void> {
    const sealed = yield* this.#head.sealed(this.#index.columns);
    this.#setSealed([...this.#sealed, sealed]);
    this.#head = new Head(this.#index.columns);
    this.#dropOldest();
    const { stretches } = this.#stretches();
    const isUsed = (column: number): boolean => stretches.some((stretch) => stretch.bits(column) !== 0);
    if (yield* this.#index.prune(isUsed)) this.#walk.restart();
  }

  // The oldest first. Later collections do not change them.
  #stretches(): AllStretches {
    if (this.#all !== undefined) return this.#all;
    const [sealed, head] = [this.#sealed, this.#head];
    const maxBytes = Math.min(DECODED_SHARE * this.#maxBytes, this.#maxBytes - this.sizeBytes);
    this.#decoded ??= new DecodedColumns(sealed, maxBytes);
    const stretches = [...sealed, ...(head.count > 0 ? [head.view()] : [])];
    return (this.#all = new AllStretches(stretches, this.#decoded));
  }

  #setSealed(sealed: readonly SealedStretch[]): void {
    this.#sealed = sealed;
    this.#decoded = undefined;
    this.#all = undefined;
  }

  // Times ascend, even if the clock was set back a little.
  #timeOf({ timeUnixMillis }: Collection): number {
    const time = Math.round(timeUnixMillis);
    const last = this.#lastUnixMillis;
    return time > last || time < last - MAX_STEP_BACK_MILLIS ? time : last + 1;
  }

  // The clock was set back: keeps the collections of the head, whose counts the next one continues, at times before it. An empty head
  // has nothing to keep.
  *#moveBefore(time: number): Generator<void, void> {
    warnOnce("live samples: all but the latest are dropped, since the clock was set back by more than 60 s");
    const latest = yield* this.#head.sealed(this.#index.columns);
    const { times } = latest;
    const [before, last] = [times.at(-2), this.#lastUnixMillis];
    const pause = before === undefined ? 1 : last - before;
    for (let i = 0; i < times.length; i++) times[i]! += time - pause - last;
    this.#setSealed(times.length > 0 ? [latest] : []);
    this.#index.forgetFirsts();
    this.#droppedUnixMillis = undefined;
    this.#head = new Head(this.#index.columns);
  }

  // Drops the oldest stretches.
  #drop(count: number): void {
    if (count === 0) return;
    this.#droppedUnixMillis = this.#sealed[count - 1]!.times.at(-1);
    this.#index.keptSince = this.beginUnixMillis;
    this.#setSealed(this.#sealed.slice(count));
  }

  // The latest collection stays.
  #dropOldest(): void {
    const kept = this.#head.count > 0 ? 0 : 1;
    if (this.sizeBytes > this.#maxBytes) this.#all = this.#decoded = undefined;
    while (this.#sealed.length > kept && this.sizeBytes > this.#maxBytes) {
      this.#drop(1);
      warnOnce(
        `live samples: the oldest of the last hour are dropped, since they take more than ${this.#maxBytes} bytes; raise option live.maxBytes or export fewer series`,
      );
    }
  }
}

interface Found {
  readonly series: readonly IndexedSeries[];
  readonly samples: ColumnSamples;
}
