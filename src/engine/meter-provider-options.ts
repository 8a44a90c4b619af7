/** What a provider can be told, and the check of it. */
import type { MeterProviderOptions as UpstreamOptions } from "@opentelemetry/sdk-metrics";
import type { ExemplarFilter } from "./exemplars/sampling.ts";
import type { ViewMatchingMode } from "./streams/stream-configuration.ts";
import { type ViewOptions, viewProblems } from "./streams/view.ts";

/** What upstream's provider takes, and what ours takes beyond it. */
export interface MeterProviderOptions extends Omit<UpstreamOptions, "views"> {
  /** Which instruments are exported how; without a view each is exported as its kind asks for. */
  views?: ViewOptions[];
  /**
   * Series of an instrument at most, where neither a view nor a reader says otherwise; the others are added up in one
   * with the attribute `otel.metric.overflow`.
   *
   * @defaultValue 2000
   */
  cardinalityLimit?: number | undefined;
  /**
   * How long, in seconds, a series may be idle before it leaves, so that its place is free for another. One that comes
   * back starts anew. A series that a bound instrument holds stays until it is released.
   *
   * @defaultValue series stay for ever
   */
  seriesTimeToLive?: number | undefined;
  /**
   * Whether the provider measures itself: upstream's `otel.sdk.*`, and what was dropped, `telemetry.dropped` and
   * `telemetry.labels.dropped`. On under `start()`.
   *
   * @defaultValue false: the user's metrics and no others
   */
  sdkMetricsEnabled?: boolean;
  /**
   * Which measurements may become exemplars: those made in sampled spans, all, or none.
   *
   * Whether there can be an active span is looked up when a provider, an instrument or a bound instrument is made and at
   * each collection: where a tracing SDK comes later than these, the first exemplar comes one collection late.
   *
   * @defaultValue "trace_based"
   */
  exemplarFilter?: ExemplarFilter | undefined;
  /**
   * What several views of one instrument make: a stream each, or, `composable`, one stream for each name that they give,
   * in which the later view's settings win and the attribute filters all apply.
   *
   * @defaultValue "independent"
   */
  viewMatchingMode?: ViewMatchingMode | undefined;
}

/** What is wrong with a provider's options, all of it at once. */
export class MeterProviderError extends Error {
  override readonly name = "MeterProviderError";
  readonly code = "TACHYMETER_METER_PROVIDER";
  /** Each thing that is wrong, with what was given and what would be right. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`meter provider: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

const EXEMPLAR_FILTERS: readonly string[] = [
  "trace_based",
  "always_on",
  "always_off",
] satisfies ExemplarFilter[];
const VIEW_MATCHING_MODES: readonly string[] = ["independent", "composable"] satisfies ViewMatchingMode[];

/** Checks options. Throws {@link MeterProviderError}. */
export function assertOptions(options: MeterProviderOptions): void {
  const { cardinalityLimit: limit, seriesTimeToLive: timeToLive, exemplarFilter, viewMatchingMode } = options;
  const problems = (options.views ?? []).flatMap(viewProblems);
  if (limit != null && !(Number.isInteger(limit) && limit > 0))
    problems.push(`cardinalityLimit is ${limit}; give a whole number above 0`);
  if (timeToLive != null && !(timeToLive > 0))
    problems.push(`seriesTimeToLive is ${timeToLive}; give seconds, above 0`);
  if (exemplarFilter != null && !EXEMPLAR_FILTERS.includes(exemplarFilter))
    problems.push(`exemplarFilter is ${exemplarFilter}; give one of ${EXEMPLAR_FILTERS.join(", ")}`);
  if (viewMatchingMode != null && !VIEW_MATCHING_MODES.includes(viewMatchingMode))
    problems.push(`viewMatchingMode is ${viewMatchingMode}; give one of ${VIEW_MATCHING_MODES.join(", ")}`);
  if (problems.length > 0) throw new MeterProviderError(problems);
}
