// Views of one instrument whose series are the same in Prometheus: all count the same measurements.
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { InstrumentDescriptor } from "../../engine/instruments/descriptor.ts";
import type { FamilyMetric } from "../../translation/family.ts";
import type { SharedHistogram } from "./shared-histogram.ts";

/** A series, by its column, by what writes its columns, or by a key. */
export type WrittenSeries = number | string | SharedHistogram;

/** One of several views of an instrument. As in a scrape, the first one to write a series of a collection keeps it. */
export class OneOfViews {
  readonly #writers: Map<WrittenSeries, number>;
  readonly #index: number;

  /** @param writers the views by the series that they write, shared by all views of the instrument. */
  constructor(writers: Map<WrittenSeries, number>, index: number) {
    this.#writers = writers;
    this.#index = index;
  }

  /** Whether another view writes a series. */
  isOfAnother(series: WrittenSeries): boolean {
    return (this.#writers.get(series) ?? this.#index) !== this.#index;
  }

  /** Takes a series, unless another view writes it. Returns whether this one does. */
  takes(series: WrittenSeries): boolean {
    if (this.isOfAnother(series)) return false;
    this.#writers.set(series, this.#index);
    return true;
  }
}

/** Those of the metrics whose instruments have several views among them. */
export function viewsAmong(
  metrics: readonly Pick<FamilyMetric, "metric">[],
): ReadonlyMap<CollectedMetric, OneOfViews> {
  const views = new Map<CollectedMetric, OneOfViews>();
  if (metrics.length === 1) return views;
  const byInstrument = new Map<InstrumentDescriptor, CollectedMetric[]>();
  for (const { metric } of metrics) {
    if (metric.origin === undefined) continue;
    const { instrument } = metric.origin;
    const same = byInstrument.get(instrument);
    if (same === undefined) byInstrument.set(instrument, [metric]);
    else same.push(metric);
  }
  for (const same of byInstrument.values()) {
    if (new Set(same.map(({ origin }) => origin?.index)).size === 1) continue;
    const writers = new Map<WrittenSeries, number>();
    for (const metric of same)
      if (metric.origin) views.set(metric, new OneOfViews(writers, metric.origin.index));
  }
  return views;
}
