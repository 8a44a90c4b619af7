/** What a provider can be told, and the check of it. */
import { parsed } from "../options/parser.ts";
import { check, oneOf, type Checks, type Parsed, whole } from "../options/check.ts";
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

type Checked = Pick<
  MeterProviderOptions,
  "cardinalityLimit" | "seriesTimeToLive" | "exemplarFilter" | "viewMatchingMode"
>;

const CHECKS: Checks<Checked> = {
  cardinalityLimit: { ...whole(1, Infinity), must: "be a whole number above 0" },
  seriesTimeToLive: check(
    "be a number of seconds above 0",
    (given): given is number => typeof given === "number" && given > 0,
  ),
  exemplarFilter: oneOf("trace_based", "always_on", "always_off"),
  viewMatchingMode: oneOf("independent", "composable"),
};

/** Parses options. Throws {@link OptionsError} with everything that is wrong. */
export function providerSettings(options: MeterProviderOptions): Parsed<Checked> {
  return parsed("meter provider", (parser) => {
    parser.problems.push(...(options.views ?? []).flatMap(viewProblems));
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
    return parser.known("options", given, CHECKS);
  });
}
