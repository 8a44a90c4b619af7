/** The exemplars of a member since its last answer to the process, or thread, that exports them. */
import type { Collection } from "../../engine/collection/collection.ts";
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import { streamKey } from "../memory/frames.ts";
import { type SentExemplars, unixMillisOf } from "./sent-exemplars.ts";

/** Maximum number of exemplars in one answer. */
const MAX_EXEMPLARS = 1_000;

export class FreshExemplars {
  // Time of the newest exemplar that was sent, by stream and row.
  readonly #sent = new Map<string, Map<number, number>>();

  /** Returns the new exemplars of all collections, those of different readers with the same aggregation once. */
  take(collections: readonly Collection[]): readonly SentExemplars[] {
    const streams = new Map<string, CollectedMetric>();
    for (const { metrics } of collections)
      for (const metric of metrics)
        if (metric.origin !== undefined && metric.series.hasExemplars === true)
          streams.set(streamKey(metric.origin, metric.origin.aggregation), metric);
    let room = MAX_EXEMPLARS;
    return [...streams].flatMap(([stream, { series }]) => {
      const sent = this.#sent.get(stream) ?? new Map<number, number>();
      this.#sent.set(stream, sent);
      const rows: SentExemplars["series"][number][] = [];
      series.visit(0, series.length, {
        series: (_cells, _offset, row) => {
          const fresh = newer(series.exemplarsOf(row), sent.get(row) ?? 0).slice(0, room);
          if (fresh.length === 0) return;
          room -= fresh.length;
          sent.set(row, Math.max(...fresh.map(unixMillisOf)));
          rows.push({ attributes: series.attributesOf(row), exemplars: fresh });
        },
      });
      return rows.length === 0 ? [] : [{ stream, series: rows }];
    });
  }
}

function newer(exemplars: readonly Exemplar[], sentMillis: number): readonly Exemplar[] {
  return exemplars.filter((exemplar) => unixMillisOf(exemplar) > sentMillis);
}
