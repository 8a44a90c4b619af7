// A source that prefers recent samples in memory to all samples.
import {
  type CapableSource,
  type ImmediateSource,
  labelsOf,
  type LabelSource,
  type MetadataSource,
  type MetricMetadata,
  type ReadySource,
  type SeriesInMemory,
  type WindowedSeries,
  type WindowSelection,
  windowsOf,
  type WindowSource,
} from "./capable-source.ts";
import { type RecentSamples, RememberedSamples } from "./remembered-samples.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";

/** Sources that are looked up for each selection, since a history may turn out to be unusable. */
export interface RecentSourceOptions {
  readonly recent: () => RecentSamples | undefined;
  readonly all: () => CapableSource;
  /** The older part of `all`, if there is one. */
  readonly older: () => Source | undefined;
}

/**
 * Selects recent samples alone if they reach back to the start of a selection, and otherwise all samples. Older samples of
 * rules are remembered. So rules need no thread and no promise, and go on if the history fails.
 */
export class RecentSource
  implements Source, ImmediateSource, LabelSource, MetadataSource, ReadySource, WindowSource
{
  readonly #options: RecentSourceOptions;
  #remembered: RememberedSamples | undefined;

  constructor(options: RecentSourceOptions) {
    this.#options = options;
  }

  async ready(): Promise<void> {
    await this.#options.all().ready?.();
  }

  select(selection: Selection): AsyncIterable<SampleSeries> {
    return (this.#recentFrom(selection.from) ?? this.#options.all()).select(selection);
  }

  inMemory(selections: readonly Selection[]): SeriesInMemory | undefined {
    let first = Infinity;
    for (const { from } of selections) first = Math.min(first, from);
    const recent = this.#recentFrom(first);
    return recent === undefined ? this.#fromMemory(selections) : recent.inMemory(selections);
  }

  windows(selection: WindowSelection): AsyncIterable<WindowedSeries> {
    return windowsOf(this.#recentFrom(selection.from) ?? this.#options.all(), selection);
  }

  labels(selection: Selection): AsyncIterable<Labels> {
    return labelsOf(this.#options.all(), selection);
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    return (await this.#options.all().metadata?.()) ?? [];
  }

  #fromMemory(selections: readonly Selection[]): SeriesInMemory | undefined {
    const { recent, older } = this.#options;
    const samples = recent();
    if (samples === undefined) return undefined;
    if (this.#remembered?.recent !== samples) this.#remembered = new RememberedSamples(samples, older);
    return this.#remembered.inMemory(selections);
  }

  #recentFrom(unixMillis: number): RecentSamples | undefined {
    const recent = this.#options.recent();
    const isEnough = recent?.reachesBackTo(unixMillis) === true || recent === this.#options.all();
    return isEnough ? recent : undefined;
  }
}
