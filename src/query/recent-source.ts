// A source that prefers recent samples in memory to all samples.
import {
  type CapableSource,
  type ImmediateSource,
  labelsOf,
  type LabelSource,
  type LoadingSource,
  type MetadataSource,
  type MetricMetadata,
  type PausingSource,
  type ReadySource,
  type SeriesInMemory,
  type WindowedSeries,
  type WindowSelection,
  windowsOf,
  type WindowSource,
} from "./capable-source.ts";
import type { Pause } from "./from-zero.ts";
import { type RecentSamples, RememberedSamples } from "./remembered-samples.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";

/** Sources that are looked up for each selection, since a history may turn out to be unusable. */
export interface RecentSourceOptions {
  readonly recent: () => RecentSamples | undefined;
  readonly all: () => CapableSource;
  /** The older part of `all`, if there is one. */
  readonly older: () => CapableSource | undefined;
}

/**
 * Selects recent samples alone if they reach back to the start of a selection, and otherwise all samples. Older samples of
 * rules are remembered. So rules need no thread and no promise, and go on if the history fails.
 */
export class RecentSource
  implements
    Source,
    ImmediateSource,
    LabelSource,
    LoadingSource,
    MetadataSource,
    PausingSource,
    ReadySource,
    WindowSource
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
    const recent = this.#recentOf(selections);
    return recent === undefined ? this.#older()?.inMemory(selections) : recent.inMemory(selections);
  }

  async load(selections: readonly (readonly Selection[])[]): Promise<void> {
    const older = selections.filter((each) => this.#recentOf(each) === undefined);
    if (older.length === 0) return;
    // A source that fails does so at its selections.
    await this.ready().catch(() => {});
    await this.#older()?.load(older.flat());
  }

  windows(selection: WindowSelection): AsyncIterable<WindowedSeries> {
    return windowsOf(this.#recentFrom(selection.from) ?? this.#options.all(), selection);
  }

  labels(selection: Selection): AsyncIterable<Labels> {
    return labelsOf(this.#options.all(), selection);
  }

  async pauses(): Promise<readonly Pause[]> {
    return (await this.#options.all().pauses?.()) ?? [];
  }

  async metadata(): Promise<readonly MetricMetadata[]> {
    return (await this.#options.all().metadata?.()) ?? [];
  }

  #older(): RememberedSamples | undefined {
    const { recent, older } = this.#options;
    const samples = recent();
    if (samples === undefined) return undefined;
    if (this.#remembered?.recent !== samples) this.#remembered = new RememberedSamples(samples, older);
    return this.#remembered;
  }

  #recentOf(selections: readonly Selection[]): RecentSamples | undefined {
    let first = Infinity;
    for (const { from } of selections) first = Math.min(first, from);
    return this.#recentFrom(first);
  }

  #recentFrom(unixMillis: number): RecentSamples | undefined {
    const recent = this.#options.recent();
    const isEnough = (recent?.beginUnixMillis ?? Infinity) <= unixMillis || recent === this.#options.all();
    return isEnough ? recent : undefined;
  }
}
