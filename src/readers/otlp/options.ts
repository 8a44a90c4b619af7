// Options of OTLP exporters, and the temporality and aggregation they select.
import { type MeterProvider, diag } from "@opentelemetry/api";
import { checkGrpcHeaders, checkGrpcResponses, type OtlpTls } from "../../options/otlp.ts";
import type { OutboxOptions } from "../../options/outbox.ts";
import { type UpstreamOtlpOptions, type Selection, upstreamSelection } from "./upstream.ts";
import type { AggregationOption } from "../../engine/index.ts";
import { AggregationType, InstrumentType } from "../../engine/sdk-values.ts";
import { currentEnvironment, wordFrom } from "../../options/environment.ts";
import { bytes, headers, isObject } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";

/**
 * Upstream's options, the protocol and the outbox. Missing options come from OpenTelemetry's `OTEL_EXPORTER_OTLP_*`
 * variables. Requests are sent one after the other, so `concurrencyLimit` has no effect.
 */
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
  /** @defaultValue "http/protobuf" */
  readonly protocol?: "http/protobuf" | "http/json" | "grpc";
  /** Names for the values of upstream's `temporalityPreference`. */
  readonly temporality?: "cumulative" | "delta" | "lowmemory";
  /** Aggregation of histograms. @defaultValue `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` */
  readonly histogramAggregation?: "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";
  /** Files of certificates in PEM format, in place of those of the variables. */
  readonly tls?: OtlpTls;
  /**
   * Maximum of a request in bytes, before compression. A larger collection is sent in several requests; for `http/json`,
   * each then has about an eighth of the maximum. A data point that exceeds it alone is dropped with a message.
   *
   * @defaultValue 4 MiB for several data points, 64 MiB for one
   */
  readonly maxRequestBytes?: number;
  /**
   * Maximum of a response in bytes. The rest of a longer one is not read, and its request counts as rejected. For `grpc`
   * it is fixed.
   *
   * @defaultValue 4 MiB
   */
  readonly maxResponseBytes?: number;
  /** Keeps collections on disk until the backend has accepted them; without an outbox they wait in memory. */
  readonly outbox?: OutboxOptions;
  /** Provider of the self metrics `otel.sdk.exporter.*` and `telemetry.outbox.*`. @defaultValue none */
  readonly selfObsMeterProvider?: MeterProvider;
}

const NAMES = [
  "aggregationPreference",
  "compression",
  "concurrencyLimit",
  "headers",
  "histogramAggregation",
  "httpAgentOptions",
  "keepAlive",
  "maxRequestBytes",
  "maxResponseBytes",
  "outbox",
  "protocol",
  "selfObsMeterProvider",
  "temporality",
  "temporalityPreference",
  "timeoutMillis",
  "tls",
  "url",
  "userAgent",
] as const satisfies (keyof OtlpExporterOptions)[];

// Upstream's further options of its exporter over gRPC.
const OF_GRPC = ["credentials", "metadata"];

/** Refuses misspelt options, and headers that cannot be sent. @throws OptionsError */
export function refuseUnknownOptions(subject: string, given: object, further: readonly string[] = []): void {
  parsed(subject, (parser) => {
    if (!isObject(given))
      return parser.problem("options", given, 'be an object such as { protocol: "grpc" }');
    parser.refuseUnknown("", given, [...NAMES, ...OF_GRPC, ...further]);
    const { headers: value, protocol } = given;
    const known = typeof value === "function" ? undefined : parser.optional("headers", value, headers);
    parser.optional("maxRequestBytes", given["maxRequestBytes"], bytes(1));
    const response = parser.optional("maxResponseBytes", given["maxResponseBytes"], bytes(1));
    if (protocol === "grpc") {
      checkGrpcHeaders(parser, "headers", known);
      checkGrpcResponses(parser, "maxResponseBytes", response);
    }
    return known;
  });
}

/** Converts `temporality` to upstream's `temporalityPreference`, and omits what upstream does not know. */
export function withPreference<T extends OtlpExporterOptions>({
  temporality,
  histogramAggregation: _aggregation,
  tls: _tls,
  ...options
}: T): Omit<T, "temporality" | "histogramAggregation" | "tls"> {
  return temporality === undefined
    ? options
    : { ...options, temporalityPreference: PREFERENCES[temporality] };
}

/**
 * The selection by the options, then by the variables. Upstream's own class reads
 * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, but not
 * `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
 */
export function selectionOf(options: OtlpExporterOptions): Selection {
  const aggregationPreference =
    options.aggregationPreference ?? histogramAggregation(options.histogramAggregation);
  return upstreamSelection({
    ...withPreference(options),
    ...(aggregationPreference !== undefined && { aggregationPreference }),
  });
}

// Values of upstream's `AggregationTemporalityPreference`.
const PREFERENCES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

const VARIABLE = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";

function histogramAggregation(
  given: string | undefined,
): ((instrumentType: InstrumentType) => AggregationOption) | undefined {
  const value = given ?? wordFrom(currentEnvironment(), VARIABLE) ?? "";
  if (value === "" || value === "explicit_bucket_histogram") return undefined;
  if (value !== "base2_exponential_bucket_histogram") {
    diag.warn(
      `variable ${VARIABLE} was ignored, got "${value}"; use "explicit_bucket_histogram" or ` +
        '"base2_exponential_bucket_histogram"',
    );
    return undefined;
  }
  return (instrumentType) => ({
    type:
      instrumentType === InstrumentType.HISTOGRAM
        ? AggregationType.EXPONENTIAL_HISTOGRAM
        : AggregationType.DEFAULT,
  });
}
