/** Options of a meter provider, and their validation. */
import { parsed } from "../options/parser.ts";
import { check, isObject, oneOf, type Checks, type Parsed, whole } from "../options/check.ts";
import type { MeterProviderOptions as UpstreamOptions } from "@opentelemetry/sdk-metrics";
import type { ExemplarFilter } from "./exemplars/sampling.ts";
import type { ViewMatchingMode } from "./streams/stream-configuration.ts";
import { type ViewOptions, viewProblems } from "./streams/view.ts";

/** Options of upstream's provider, and those that ours adds. */
export interface MeterProviderOptions extends Omit<UpstreamOptions, "views"> {
  /** Views, which set how instruments are exported. Without a view an instrument uses the defaults of its kind. */
  views?: ViewOptions[];
  /**
   * Maximum number of series per instrument, unless a view or a reader sets another limit. Further series are
   * added up in one series with the attribute `otel.metric.overflow`.
   *
   * @defaultValue 2000
   */
  cardinalityLimit?: number | undefined;
  /**
   * Time in seconds after which an idle series is removed, which frees its place for another. A series that is
   * recorded again starts anew. A series held by a bound instrument stays until it is released.
   *
   * @defaultValue series are never removed
   */
  seriesTimeToLive?: number | undefined;
  /**
   * Whether the provider exports metrics about itself: upstream's `otel.sdk.*`, and the dropped measurements,
   * `telemetry.dropped` and `telemetry.labels.dropped`. `start()` turns it on.
   *
   * @defaultValue false: only the application's metrics
   */
  sdkMetricsEnabled?: boolean;
  /**
   * Measurements that may become exemplars: those made in sampled spans, all, or none.
   *
   * The provider checks for a context manager when a provider, an instrument or a bound instrument is created,
   * and at each collection. If a tracing SDK is registered later than these, the first exemplar appears one
   * collection late.
   *
   * @defaultValue "trace_based"
   */
  exemplarFilter?: ExemplarFilter | undefined;
  /**
   * Result of several views that match one instrument: a stream for each view, or, with `composable`, a stream
   * for each name that they set. In a composable stream the later view's settings win and all attribute filters
   * apply.
   *
   * @defaultValue "independent"
   */
  viewMatchingMode?: ViewMatchingMode | undefined;
  /**
   * Turns meters off: called once for the scope of each new meter. The instruments of a meter that is off record nothing.
   *
   * @defaultValue all meters are on
   * @see OpenTelemetry's specification, "MeterConfigurator"
   */
  meterConfigurator?: MeterConfigurator | undefined;
}

/** Configuration of meters by their instrumentation scope. */
export type MeterConfigurator = (scope: {
  /** Name of the meter. */
  readonly name: string;
  /** Version of the meter; empty if it has no version. */
  readonly version?: string;
}) => {
  /** Whether the meter's instruments record. @defaultValue true */
  readonly enabled?: boolean;
};

type Checked = Pick<
  MeterProviderOptions,
  "cardinalityLimit" | "seriesTimeToLive" | "exemplarFilter" | "viewMatchingMode" | "meterConfigurator"
>;

const CHECKS: Checks<Checked> = {
  cardinalityLimit: { ...whole(1, Infinity), must: "be a whole number above 0" },
  seriesTimeToLive: check(
    "be a number of seconds above 0",
    (given): given is number => typeof given === "number" && given > 0,
  ),
  exemplarFilter: oneOf("trace_based", "always_on", "always_off"),
  viewMatchingMode: oneOf("independent", "composable"),
  meterConfigurator: check(
    "be a function from a meter's scope to an object such as { enabled: false }",
    (given): given is MeterConfigurator => typeof given === "function",
  ),
};

/** Validates options. Throws {@link OptionsError} with all problems. */
export function providerSettings(options: MeterProviderOptions): Parsed<Checked> {
  return parsed("meter provider", (parser) => {
    if (!isObject(options)) parser.problem("options", options, "be an object such as { readers: [] }");
    const views = options?.views ?? [];
    const readers: unknown = options?.readers ?? [];
    if (Array.isArray(views)) parser.problems.push(...views.flatMap(viewProblems));
    else parser.problem("views", views, "be an array of view options");
    if (!Array.isArray(readers)) parser.problem("readers", readers, "be an array of metric readers");
    const given = Object.fromEntries(Object.entries({ ...options }).filter(([, value]) => value !== null));
    return parser.known("options", given, CHECKS);
  });
}
