// The latest exemplars of metrics that are watched, from the collections of the last hour.
import type { Collection } from "../../engine/collection/collection.ts";
import type { CollectedMetric } from "../../engine/collection/collected-metric.ts";
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import { inSlices } from "../../io/yield.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";
import { Translation } from "../../translation/translation.ts";

/** A measurement with its trace. */
export interface LiveExemplar {
  /** Unix seconds. */
  readonly time: number;
  readonly value: number;
  readonly traceId: string;
}

interface Watched {
  watchers: number;
  latest: readonly LiveExemplar[];
}

const MAX_EXEMPLARS = 50;
const STEP_ROWS = 64;

/** Keeps the 50 latest exemplars of each watched metric. Without one, collections are not read. */
export class LiveExemplars {
  readonly #translation: Translation;
  readonly #watched = new Map<string, Watched>();

  constructor(settings: TranslationSettings) {
    this.#translation = new Translation({ ...settings, nestedHistograms: false });
  }

  /** Begins to keep the exemplars of a metric, by its Prometheus name. Returns a function that ends this. */
  watch(metric: string): () => void {
    const watched = this.#watched.get(metric) ?? { watchers: 0, latest: [] };
    this.#watched.set(metric, watched);
    watched.watchers++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--watched.watchers === 0) this.#watched.delete(metric);
    };
  }

  /** The exemplars of a metric that is watched, the latest first. */
  of(metric: string): readonly LiveExemplar[] {
    return this.#watched.get(metric)?.latest ?? [];
  }

  /** Takes the exemplars of a collection, in slices. */
  async take(collection: Collection): Promise<void> {
    if (this.#watched.size === 0) return;
    for (const { name, metrics } of this.#translation.families(collection)) {
      const watched = this.#watched.get(name);
      if (watched === undefined) continue;
      const found: LiveExemplar[] = [];
      for (const { metric } of metrics) await inSlices(exemplarSteps(metric, found));
      watched.latest = [...found, ...watched.latest]
        .toSorted((one, other) => other.time - one.time)
        .slice(0, MAX_EXEMPLARS);
    }
  }
}

function* exemplarSteps({ series }: CollectedMetric, found: LiveExemplar[]): Generator<void, void> {
  const visitor = {
    series: (_cells: Float64Array, _offset: number, row: number): void => {
      for (const exemplar of series.exemplarsOf(row)) {
        const traced = tracedFrom(exemplar);
        if (traced !== undefined) found.push(traced);
      }
    },
  };
  for (let from = 0; from < series.length; from += STEP_ROWS) {
    series.visit(from, from + STEP_ROWS, visitor);
    yield;
  }
}

function tracedFrom({ timestamp: [seconds, nanos], value, traceId }: Exemplar): LiveExemplar | undefined {
  return traceId === undefined ? undefined : { time: seconds + nanos / 1e9, value, traceId };
}
