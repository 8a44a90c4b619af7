/** The specification's MetricFilter: selects the metrics and series that one reader collects. */
import type { Attributes } from "@opentelemetry/api";
import type { MetricCollectOptions as UpstreamCollectOptions } from "@opentelemetry/sdk-metrics";
import type { Scope } from "../scope.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { Collection } from "./collection.ts";
import type { ReaderChoices } from "../streams/reader-choices.ts";
import type { Stream } from "../streams/stream.ts";
import type { StreamStore } from "../streams/stream-store.ts";
import type { Exemplar } from "../exemplars/reservoir.ts";
import type { PointTimes, SeriesSource, SeriesVisitor } from "./series-source.ts";

/** Kind of a metric's data points. */
export type MetricKind = "sum" | "gauge" | "histogram" | "exponentialHistogram";

/** Result for a metric: all of it, none of it, or a decision per series by `testAttributes`. */
export type MetricFilterResult = "accept" | "drop" | "accept_partial";

/** Result for one series. */
export type AttributesFilterResult = "accept" | "drop";

/**
 * Filter of a reader: option `metricFilter` of our readers, passed to producers with each collection. Dropped
 * metrics are not collected: their callbacks are not called, and nothing of them is rendered.
 *
 * If a test throws or returns an invalid value, this is logged once per metric; the metric or series is kept.
 *
 * @example
 * ```ts
 * import type { MetricFilter } from "tachymeter/metrics";
 *
 * const withoutDebug: MetricFilter = {
 *   testMetric: (scope, name) => (name.startsWith("debug.") ? "drop" : "accept_partial"),
 *   testAttributes: (scope, name, kind, unit, attributes) => (attributes["tenant"] === "test" ? "drop" : "accept"),
 * };
 * ```
 *
 * @see OpenTelemetry specification, "Metrics SDK", MetricFilter (in development)
 */
export interface MetricFilter {
  /** Called once per metric and collection. */
  testMetric(instrumentationScope: Scope, name: string, kind: MetricKind, unit: string): MetricFilterResult;
  /** Called once per series and collection, if `testMetric` returned `accept_partial`. */
  testAttributes(
    instrumentationScope: Scope,
    name: string,
    kind: MetricKind,
    unit: string,
    attributes: Attributes,
  ): AttributesFilterResult;
}

/** Options of a collection: upstream's, and the reader's filter. */
export interface MetricCollectOptions extends UpstreamCollectOptions {
  /** Filter of the reader. Without one, everything is collected. */
  metricFilter?: MetricFilter;
}

/** Reports an error of the filter. It is called for every error, so it must log once per metric itself. */
type FilterReport = (metric: string, message: string) => void;

/** Calls a filter. Errors are reported, and the metric or series is kept. */
export class AppliedFilter {
  readonly #filter: MetricFilter;
  readonly #report: FilterReport;

  constructor(filter: MetricFilter, report: FilterReport) {
    this.#filter = filter;
    this.#report = report;
  }

  /** Result for a metric; `accept` after an error. */
  test({
    scope,
    descriptor,
    kind,
  }: Pick<CollectedMetric, "scope" | "descriptor" | "kind">): MetricFilterResult {
    const { name, unit } = descriptor;
    return this.#resultOf(name, "testMetric", RESULTS, () =>
      this.#filter.testMetric(scope, name, kind, unit),
    );
  }

  /** Applies `result` to a metric. Returns `undefined` if nothing is left. */
  filtered(metric: CollectedMetric, result: MetricFilterResult): CollectedMetric | undefined {
    if (result === "accept") return metric;
    if (result === "drop") return undefined;
    const { scope, descriptor, kind } = metric;
    const { name, unit } = descriptor;
    const series = new FilteredSeries(metric.series, (attributes) => {
      const test = (): unknown => this.#filter.testAttributes(scope, name, kind, unit, attributes);
      return this.#resultOf(name, "testAttributes", SERIES_RESULTS, test) === "accept";
    });
    return series.isEmpty ? undefined : { ...metric, series };
  }

  /** Filters a collection of a producer that does not support filters. */
  filteredCollection(collection: Collection): Collection {
    const metrics = collection.metrics.flatMap((metric) => this.filtered(metric, this.test(metric)) ?? []);
    return { ...collection, metrics };
  }

  #resultOf<Result extends string>(
    metric: string,
    method: keyof MetricFilter,
    results: readonly ["accept", ...Result[]],
    test: () => unknown,
  ): Result | "accept" {
    let problem: string;
    try {
      const returned = test();
      const result = results.find((each) => each === returned);
      if (result !== undefined) return result;
      problem = `returned ${typeof returned === "string" ? JSON.stringify(returned) : typeof returned}`;
    } catch (error) {
      problem = `threw ${errorMessage(error)}`;
    }
    const allowed = results.map((each) => `"${each}"`).join(", ");
    this.#report(
      metric,
      `${method} of the metricFilter ${problem}, so the data is kept; return one of ${allowed}`,
    );
    return "accept";
  }
}

const RESULTS = ["accept", "drop", "accept_partial"] as const;
const SERIES_RESULTS = ["accept", "drop"] as const;

export class StreamFilter {
  readonly #filter: AppliedFilter;
  readonly #reader: ReaderChoices;
  readonly #results = new Map<Stream, MetricFilterResult>();

  constructor(filter: AppliedFilter, reader: ReaderChoices) {
    this.#filter = filter;
    this.#reader = reader;
  }

  /** Whether anything of a stream is collected. Checked before callbacks are called. */
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

  filtered(stream: Stream, metric: CollectedMetric): CollectedMetric | undefined {
    return this.#filter.filtered(metric, this.#results.get(stream) ?? "accept");
  }

  /** Filters a metric that has no stream. */
  filteredForeign(metric: CollectedMetric): CollectedMetric | undefined {
    return this.#filter.filtered(metric, this.#filter.test(metric));
  }
}

const KINDS: Readonly<Record<StreamStore["aggregation"]["kind"], MetricKind>> = {
  sum: "sum",
  lastValue: "gauge",
  explicitHistogram: "histogram",
  exponentialHistogram: "exponentialHistogram",
};

const SLICE_LENGTH = 256;

/** Leaves out the series that `isAccepted` rejects. Each series is tested once, when a walk first reaches it. */
export class FilteredSeries implements SeriesSource {
  readonly timesOf?: (row: number) => PointTimes;
  readonly #series: SeriesSource;
  readonly #isAccepted: (attributes: Attributes) => boolean;
  readonly #accepted = new Map<number, boolean>();

  constructor(series: SeriesSource, isAccepted: (attributes: Attributes) => boolean) {
    this.#series = series;
    this.#isAccepted = isAccepted;
    if (series.timesOf !== undefined) this.timesOf = series.timesOf.bind(series);
  }

  get length(): number {
    return this.#series.length;
  }

  /** Whether no series is accepted. Tests series up to the first slice with an accepted one. */
  get isEmpty(): boolean {
    for (let from = 0; from < this.length; from += SLICE_LENGTH)
      if (this.#hasAny(from, from + SLICE_LENGTH)) return false;
    return true;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    this.#series.visit(from, to, {
      series: (cells, offset, row) => {
        if (this.#accepts(row)) visitor.series(cells, offset, row);
      },
    });
  }

  pairsOf(row: number, ids: Int32Array): number {
    return this.#series.pairsOf(row, ids);
  }

  attributesOf(row: number): Attributes {
    return this.#series.attributesOf(row);
  }

  startTimeOf(row: number): number {
    return this.#series.startTimeOf(row);
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#series.exemplarsOf(row);
  }

  #hasAny(from: number, to: number): boolean {
    let hasAny = false;
    this.visit(from, to, { series: () => void (hasAny = true) });
    return hasAny;
  }

  #accepts(row: number): boolean {
    let accepted = this.#accepted.get(row);
    if (accepted === undefined)
      this.#accepted.set(row, (accepted = this.#isAccepted(this.#series.attributesOf(row))));
    return accepted;
  }
}
