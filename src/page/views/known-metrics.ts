// Metadata of metrics, also of those that have disappeared: their types decide the charts.
import type { MetricMetadata, SampleSource } from "../../query/sample-source.ts";

const MAX_METRICS = 10_000;
const SUFFIXES = ["_bucket", "_count", "_sum"];

/** Remembers the metadata of metrics. */
export class KnownMetrics {
  readonly #metadata = new Map<string, MetricMetadata>();

  /** The metadata by the names of metrics, those of the source included. */
  async all(source: SampleSource): Promise<ReadonlyMap<string, MetricMetadata>> {
    for (const each of await source.catalogue().metadata())
      if (this.#metadata.has(each.name) || this.#metadata.size < MAX_METRICS)
        this.#metadata.set(each.name, each);
    return this.#metadata;
  }

  /** Names that series may have: `x_bucket`, `x_count` and `x_sum` of a histogram `x`, too. Reads no series. */
  async seriesNames(source: SampleSource): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const { name, type } of (await this.all(source)).values()) {
      names.add(name);
      if (type === "histogram") for (const suffix of SUFFIXES) names.add(`${name}${suffix}`);
    }
    return names;
  }
}
