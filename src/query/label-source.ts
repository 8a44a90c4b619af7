// Optional capabilities of sources beside their samples.
import type { Labels, Selection } from "./source.ts";

/** A source that finds labels without reading samples. */
export interface LabelSource {
  labels(selection: Selection): AsyncIterable<Labels>;
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
