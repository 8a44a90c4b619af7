/** One reader's filter at work: what it throws or returns in error drops nothing. */
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { MetricDescriptor } from "@opentelemetry/sdk-metrics";
import type { Scope } from "../scope.ts";
import type { CollectedMetric } from "./collected-metric.ts";
import type { Collection } from "./collection.ts";
import { FilteredSeries } from "./filtered-series.ts";
import type { MetricFilter, MetricFilterResult, MetricKind } from "./metric-filter.ts";

/** A metric as the filter is asked about it. */
export interface TestedMetric {
  readonly scope: Scope;
  readonly descriptor: MetricDescriptor;
  readonly kind: MetricKind;
}

/** Reports an error of the filter; called for each of them, so that it has to log once per metric. */
export type FilterReport = (metric: string, message: string) => void;

/** Calls a filter. Errors are reported, and what they concern is kept. */
export class AppliedFilter {
  readonly #filter: MetricFilter;
  readonly #report: FilterReport;

  constructor(filter: MetricFilter, report: FilterReport) {
    this.#filter = filter;
    this.#report = report;
  }

  /** Result for a metric; `accept` after an error. */
  test({ scope, descriptor, kind }: TestedMetric): MetricFilterResult {
    const { name, unit } = descriptor;
    return this.#resultOf(name, "testMetric", RESULTS, () =>
      this.#filter.testMetric(scope, name, kind, unit),
    );
  }

  /** What `result` leaves of a metric: `undefined` if nothing. */
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

  /** A collection of a producer that knows no filters, filtered. */
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
    this.#report(metric, `${method} of the metricFilter ${problem}, so it is kept; return one of ${allowed}`);
    return "accept";
  }
}

const RESULTS = ["accept", "drop", "accept_partial"] as const;
const SERIES_RESULTS = ["accept", "drop"] as const;
