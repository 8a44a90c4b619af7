// Optional capabilities of sources beside their samples.
import type { Pause } from "./from-zero.ts";
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";
import type { WindowFunction, Windows } from "./windows.ts";

/** A source that finds labels without reading samples. */
export interface LabelSource {
  labels(selection: Selection): AsyncIterable<Labels>;
}

/** The labels of the selected series, by the source's capability if it has it. */
export async function* labelsOf(source: CapableSource, selection: Selection): AsyncGenerator<Labels> {
  if (source.labels !== undefined) yield* source.labels(selection);
  else for await (const { labels } of source.select(selection)) yield labels;
}

/** Type, description and unit of a metric, as Prometheus' HTTP API has them. */
export interface MetricMetadata {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** A source that knows the metadata of its metrics. */
export interface MetadataSource {
  metadata(): Promise<readonly MetricMetadata[]>;
}

/** A source that prepares itself for the first query. */
export interface ReadySource {
  /** Resolves once there are samples. A query without a time is evaluated after that. */
  ready(): Promise<void>;
}

/** A source that has all samples of its series from a time on. */
export interface CompleteSource {
  /** In Unix milliseconds; infinite before the first collection. */
  readonly beginUnixMillis: number;
}

/** A source that knows when nothing was counted. */
export interface PausingSource {
  /** In order of time. */
  pauses(): Promise<readonly Pause[]>;
}

/** Series in memory. */
export interface SeriesInMemory {
  /** @defaultValue none */
  readonly pauses?: readonly Pause[] | undefined;
  /**
   * Returns the series of a selection, in pieces of some tens of microseconds. The values of a series are valid until those
   * of another one are read: a source may decode them when they are.
   */
  select(selection: Selection): Generator<undefined, readonly SampleSeries[], undefined>;
}

/** A source that needs no promises for its series. */
export interface ImmediateSource {
  /**
   * Returns the series in memory. Returns `undefined` if the source has to wait, as for a first collection, or if older
   * samples are elsewhere.
   *
   * @param selections those that are wanted from memory.
   */
  inMemory(selections: readonly Selection[]): SeriesInMemory | undefined;
}

/** A source that keeps samples of repeated selections in memory. */
export interface LoadingSource {
  /**
   * Resolves once {@link ImmediateSource.inMemory} has all selections, or cannot have them. Never rejects: a selection that
   * fails does so when it is made.
   *
   * @param selections by expression
   */
  load(selections: readonly (readonly Selection[])[]): Promise<void>;
}

/** A source that makes several selections at once. */
export interface BatchSource {
  /** Selects each, in the same order. If one fails, its series throw. */
  selectEach(selections: readonly Selection[]): Promise<readonly Iterable<SampleSeries>[]>;
}

/** The series of several selections, by the source's capability if it has it. */
export async function eachSelected(
  source: CapableSource,
  selections: readonly Selection[],
): Promise<readonly (AsyncIterable<SampleSeries> | Iterable<SampleSeries>)[]> {
  return (await source.selectEach?.(selections)) ?? selections.map((selection) => source.select(selection));
}

/** Selection of the values of a function over windows. */
export interface WindowSelection extends Selection {
  readonly windows: Windows;
  readonly operation: WindowFunction;
  /** Time from which series with values have samples as well, for windows beside the selected ones. */
  readonly samplesFrom?: number | undefined;
}

/** Values of a function over the windows of one series. */
export interface WindowedSeries {
  readonly labels: Labels;
  /** Values in the first windows; possibly not in all of them. */
  readonly values: Float64Array;
  /** 1 if the function has a value in a window, else 0. */
  readonly cells: Uint8Array;
  /** `undefined`, unless samples were selected. All of them if there are no values, else those beside the values. */
  readonly samples: SampleSeries | undefined;
}

const NO_VALUES = new Float64Array();
const NO_CELLS = new Uint8Array();

/** A series whose windows have no computed values. */
export function samplesAlone(samples: SampleSeries): WindowedSeries {
  return { labels: samples.labels, values: NO_VALUES, cells: NO_CELLS, samples };
}

// The selection of the samples alone.
function plainSelection({ matchers, from, to, needed, isFromZero, signal }: Selection): Selection {
  return { matchers, from, to, needed, isFromZero, signal };
}

/** A source that computes functions over windows from less than all samples. */
export interface WindowSource {
  /** Returns the series that {@link Source.select} returns, in the same order. */
  windows(selection: WindowSelection): AsyncIterable<WindowedSeries>;
}

/** The windows of the selected series, by the source's capability if it has it, and otherwise their samples. */
export async function* windowsOf(
  source: CapableSource,
  selection: WindowSelection,
): AsyncGenerator<WindowedSeries> {
  if (source.windows !== undefined) yield* source.windows(selection);
  else for await (const series of source.select(plainSelection(selection))) yield samplesAlone(series);
}

/** A source that may have further capabilities. */
export type CapableSource = Source &
  Partial<
    BatchSource &
      CompleteSource &
      ImmediateSource &
      LabelSource &
      LoadingSource &
      MetadataSource &
      PausingSource &
      ReadySource &
      WindowSource
  >;
