// Views of one instrument whose series are the same in Prometheus: all count the same measurements.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import { grouped } from "../query/grouped.ts";

/** One of several views of an instrument. As in a scrape, the first one to write a series of a collection keeps it. */
export class OneOfViews {
  readonly #writers: Map<string, number>;
  readonly #index: number;

  /** @param writers the views by the series that they write, shared by all views of the instrument. */
  constructor(writers: Map<string, number>, index: number) {
    this.#writers = writers;
    this.#index = index;
  }

  /** Takes a series, unless another view writes it. Returns whether this one does. */
  takes(series: string): boolean {
    const writer = this.#writers.get(series) ?? this.#index;
    this.#writers.set(series, writer);
    return writer === this.#index;
  }
}

/** Those of the metrics whose instruments have several views among them. */
export function viewsAmong(metrics: readonly CollectedMetric[]): ReadonlyMap<CollectedMetric, OneOfViews> {
  const views = new Map<CollectedMetric, OneOfViews>();
  for (const [instrument, same] of grouped(metrics, ({ origin }) => origin?.instrument)) {
    if (instrument === undefined || new Set(same.map(({ origin }) => origin?.index)).size === 1) continue;
    const writers = new Map<string, number>();
    for (const metric of same)
      if (metric.origin) views.set(metric, new OneOfViews(writers, metric.origin.index));
  }
  return views;
}
