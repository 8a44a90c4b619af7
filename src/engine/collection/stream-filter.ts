/** A filter's results for the streams of one collection, each asked for once. */
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Stream } from "../streams/stream.ts";
import type { StreamStore } from "../streams/stream-store.ts";
import type { Scope } from "../scope.ts";
import type { AppliedFilter } from "./applied-filter.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { MetricFilterResult, MetricKind } from "./metric-filter.ts";

/** What one collection leaves out. */
export class StreamFilter {
  readonly #filter: AppliedFilter;
  readonly #reader: ReaderChoices;
  readonly #results = new Map<Stream, MetricFilterResult>();

  constructor(filter: AppliedFilter, reader: ReaderChoices) {
    this.#filter = filter;
    this.#reader = reader;
  }

  /** Whether anything of a stream is collected; asked before callbacks are called. */
  isCollected(scope: Scope, stream: Stream): boolean {
    const store = stream.storeOf(this.#reader);
    if (store === undefined) return true;
    let result = this.#results.get(stream);
    if (result === undefined) {
      const kind = KINDS[store.aggregation.kind];
      result = this.#filter.test({ scope, descriptor: stream.descriptor, kind });
      this.#results.set(stream, result);
    }
    return result !== "drop";
  }

  /** What is left of a collected stream; `undefined` if nothing. */
  filtered(stream: Stream, metric: CollectedMetric): CollectedMetric | undefined {
    return this.#filter.filtered(metric, this.#results.get(stream) ?? "accept");
  }
}

const KINDS: Readonly<Record<StreamStore["aggregation"]["kind"], MetricKind>> = {
  sum: "sum",
  lastValue: "gauge",
  explicitHistogram: "histogram",
  exponentialHistogram: "exponentialHistogram",
};
