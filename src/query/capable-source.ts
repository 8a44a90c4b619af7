// Optional capabilities of sources beside their samples.
import type { Labels, Selection, Source } from "./source.ts";

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

/** A source that may have further capabilities. */
export type CapableSource = Source & Partial<LabelSource & MetadataSource & ReadySource>;
