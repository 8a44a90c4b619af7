// The schema of the single-valued settings: option, variable, check and default.
import {
  type AttributeLike,
  attributes,
  check as checkOf,
  type Check,
  flag,
  healthAccess,
  isObject,
  oneOf,
  optional,
  duration,
  durationMillis,
  text,
  timerMillis,
  whole,
} from "./check.ts";
import { IGNORED_PATHS, REQUEST_HEADERS } from "./http.ts";
import { PROXY } from "./proxy.ts";
import {
  flagFromText,
  specifiedFlagFromText,
  listFromText,
  numberFromText,
  wordFromText,
} from "./environment.ts";

/** One setting: the option overrides the variable, which overrides the default. */
export interface Setting<T> {
  readonly option?: string | undefined;
  readonly variable?: string;
  /** Converts the variable's text to the type of the option. */
  readonly fromText?: (value: string) => unknown;
  /** Check of the variable, if it differs from that of the option. */
  readonly checkOfText?: Check<T>;
  readonly check: Check<T>;
  readonly fallback: T;
}

/** The levels of `OTEL_LOG_LEVEL`. */
export const LOG_LEVELS = ["none", "error", "warn", "info", "debug", "verbose", "all"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Instrumentations of OpenTelemetry that can record in place of ours, or beside it (`mongodb`), by our names. */
export const OTEL_NAMES = ["http", "undici", "mongodb", "pg", "kafkajs"] as const;
export type OtelName = (typeof OTEL_NAMES)[number];

function isOtelNames(value: unknown): value is readonly OtelName[] {
  return Array.isArray(value) && value.every((each) => OTEL_NAMES.some((name) => name === each));
}

/** The values of the settings. */
export interface SettingValues {
  readonly disabled: boolean;
  readonly logLevel: LogLevel;
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, AttributeLike>>;
  readonly resourceSchemaUrl: string | undefined;
  readonly collectionIntervalMillis: number;
  readonly exportTimeoutMillis: number;
  /** For all flushes at the end of the process together. */
  readonly exitTimeoutMillis: number;
  /** Whether SIGTERM and SIGINT are listened to, if something has to be flushed. */
  readonly signals: boolean;
  /** Whether Node's loader is hooked for libraries that need it. */
  readonly loader: boolean;
  /** The proxy of our own requests; `undefined` if the variables choose. */
  readonly proxy: string | false | undefined;
  readonly cardinalityLimit: number | undefined;
  /** In seconds, as in the meter provider's public option. */
  readonly seriesTimeToLive: number | undefined;
  readonly exemplarFilter: ExemplarFilter | undefined;
  readonly viewMatchingMode: "independent" | "composable" | undefined;
  readonly host: boolean;
  /** Only with `host`. */
  readonly gpu: boolean;
  readonly runtime: boolean;
  readonly kernels: boolean;
  readonly api: boolean;
  readonly otelInstrumentations: readonly OtelName[];
  readonly healthEndpoints: boolean | "authenticated";
  readonly "instrumentations.http.ignore": readonly string[] | undefined;
  readonly "instrumentations.http.requestHeaders": readonly string[] | undefined;
}

/** The values of `OTEL_METRICS_EXEMPLAR_FILTER`. */
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";

/** Every single-valued setting: the schema. */
export const SETTINGS: { readonly [Name in keyof SettingValues]: Setting<SettingValues[Name]> } = {
  disabled: {
    variable: "OTEL_SDK_DISABLED",
    fromText: specifiedFlagFromText,
    check: flag,
    fallback: false,
  },
  logLevel: {
    variable: "OTEL_LOG_LEVEL",
    fromText: wordFromText,
    check: oneOf(...LOG_LEVELS),
    fallback: "info",
  },
  serviceName: { option: "serviceName", check: optional(text), fallback: undefined },
  resource: { option: "resource", check: attributes, fallback: {} },
  resourceSchemaUrl: { option: "resourceSchemaUrl", check: optional(text), fallback: undefined },
  collectionIntervalMillis: {
    ...numberOf("collectionInterval", "OTEL_METRIC_EXPORT_INTERVAL", durationMillis, 60_000),
    checkOfText: timerMillis,
  },
  exportTimeoutMillis: numberOf(undefined, "OTEL_METRIC_EXPORT_TIMEOUT", timerMillis, 30_000),
  cardinalityLimit: numberOf(
    "cardinalityLimit",
    "TACHYMETER_CARDINALITY_LIMIT",
    optional(whole(1, 10_000_000)),
    undefined,
  ),
  seriesTimeToLive: numberOf("seriesTimeToLive", "TACHYMETER_SERIES_TTL", optional(duration), undefined),
  exitTimeoutMillis: numberOf("exitTimeout", "TACHYMETER_EXIT_TIMEOUT", durationMillis, 5_000),
  signals: flagOf("signals", "TACHYMETER_SIGNALS", true),
  loader: flagOf("loader", "TACHYMETER_LOADER", true),
  proxy: { option: "proxy", check: PROXY, fallback: undefined },
  exemplarFilter: {
    option: "exemplarFilter",
    variable: "OTEL_METRICS_EXEMPLAR_FILTER",
    fromText: wordFromText,
    check: optional(oneOf("trace_based", "always_on", "always_off")),
    fallback: undefined,
  },
  viewMatchingMode: {
    option: "viewMatchingMode",
    check: optional(oneOf("independent", "composable")),
    fallback: undefined,
  },
  host: {
    ...flagOf("host", "TACHYMETER_HOST", true),
    check: {
      must: "be true, false or an object such as { gpu: true }",
      read: (value) => (isObject(value) ? true : flag.read(value)),
    },
    checkOfText: flag,
  },
  gpu: flagOf("host.gpu", "TACHYMETER_GPU", false),
  runtime: flagOf("runtime", "TACHYMETER_RUNTIME", true),
  kernels: flagOf("hooks.kernels", "TACHYMETER_KERNELS", false),
  api: flagOf("api", "TACHYMETER_API", false),
  otelInstrumentations: {
    option: "instrumentations.otel",
    variable: "TACHYMETER_OTEL_INSTRUMENTATIONS",
    fromText: (list) => listFromText(list).map(wordFromText),
    check: checkOf(`be a list of ${OTEL_NAMES.join(", ")}`, isOtelNames),
    fallback: [],
  },
  // The option belongs to each Prometheus reader.
  healthEndpoints: {
    variable: "TACHYMETER_HEALTH_ENDPOINTS",
    fromText: (value) => flagFromText(wordFromText(value)),
    check: healthAccess,
    fallback: true,
  },
  // The options are checked with those of the instrumentation.
  "instrumentations.http.ignore": listOf("TACHYMETER_HTTP_IGNORE", IGNORED_PATHS),
  "instrumentations.http.requestHeaders": listOf("TACHYMETER_HTTP_REQUEST_HEADERS", REQUEST_HEADERS),
};

/** The options that are not single values; each has its own parser. */
export const COMPOUND_OPTIONS: readonly string[] = [
  "readers",
  "views",
  "meterConfigurator",
  "resourceDetection",
  "instrumentations",
  "hooks",
  "facades",
  "eventLog",
  "history",
  "live",
  "page",
  "mcp",
  "profiles",
  "alerts",
  "anomalies",
  "group",
  "createMeterProvider",
];

function flagOf(option: string | undefined, variable: string, fallback: boolean): Setting<boolean> {
  return { option, variable, fromText: flagFromText, check: flag, fallback };
}

function numberOf<T>(option: string | undefined, variable: string, check: Check<T>, fallback: T): Setting<T> {
  return { option, variable, fromText: numberFromText, check, fallback };
}

function listOf(variable: string, check: Check<readonly string[]>): Setting<readonly string[] | undefined> {
  return { variable, fromText: listFromText, check, fallback: undefined };
}
