// Optional capabilities of sources beside their samples.
import type { Labels, SampleSeries, Selection, Source } from "./source.ts";

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

/** Series in memory. */
export interface SeriesInMemory {
  /**
   * Returns the series of a selection, in pieces of some tens of microseconds. The values of a series are valid until those
   * of another one are read: a source may decode them when they are.
   */
  select(selection: Selection): Generator<undefined, readonly SampleSeries[], undefined>;
}

/** A source that needs no promises for its series. */
export interface ImmediateSource {
  /** Returns the series in memory. Returns `undefined` if the source has to wait, as for a first collection. */
  inMemory(): SeriesInMemory | undefined;
}

/** A source that may have further capabilities. */
export type CapableSource = Source & Partial<ImmediateSource & LabelSource & MetadataSource & ReadySource>;
