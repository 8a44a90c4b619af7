// The schema of the settings that are one value each: option, variable, what it may be, default.
import {
  type AttributeLike,
  attributes,
  type Check,
  flag,
  healthAccess,
  oneOf,
  optional,
  duration,
  text,
  whole,
} from "./check.ts";
import { flagFromText, numberFromText } from "./environment.ts";

/** One setting: the option wins over the variable, the variable over the default. */
export interface Setting<T> {
  readonly option?: string;
  readonly variable?: string;
  /** Makes the option's kind of value from the variable's text. */
  readonly fromText?: (value: string) => unknown;
  /** What the variable may be, where that is not what the option may be. */
  readonly mustOfText?: string;
  readonly check: Check<T>;
  readonly fallback: T;
}

/** The levels of `OTEL_LOG_LEVEL`. */
export const LOG_LEVELS = ["none", "error", "warn", "info", "debug", "verbose", "all"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The settings by their names. Times are in seconds, whatever the variable has. */
export interface Settings {
  readonly disabled: Setting<boolean>;
  readonly logLevel: Setting<LogLevel>;
  readonly serviceName: Setting<string | undefined>;
  readonly resource: Setting<Readonly<Record<string, AttributeLike>>>;
  readonly collectionInterval: Setting<number>;
  readonly exportTimeout: Setting<number>;
  readonly exitTimeout: Setting<number>;
  readonly cardinalityLimit: Setting<number | undefined>;
  readonly seriesTimeToLive: Setting<number | undefined>;
  readonly exemplarFilter: Setting<ExemplarFilter | undefined>;
  readonly host: Setting<boolean>;
  readonly runtime: Setting<boolean>;
  readonly kernels: Setting<boolean>;
  readonly healthEndpoints: Setting<boolean | "authenticated">;
}

/** The values of `OTEL_METRICS_EXEMPLAR_FILTER`. */
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";

/** Every single-valued setting: the schema. */
export const SETTINGS: Settings = {
  disabled: {
    variable: "OTEL_SDK_DISABLED",
    fromText: flagFromText,
    check: flag,
    fallback: false,
  },
  logLevel: {
    variable: "OTEL_LOG_LEVEL",
    fromText: (value) => value.toLowerCase(),
    check: oneOf(...LOG_LEVELS),
    fallback: "info",
  },
  serviceName: { option: "serviceName", check: optional(text), fallback: undefined },
  resource: { option: "resource", check: attributes, fallback: {} },
  collectionInterval: {
    option: "collectionInterval",
    variable: "OTEL_METRIC_EXPORT_INTERVAL",
    fromText: secondsFromMillisText,
    mustOfText: "be a number of milliseconds above 0",
    check: duration,
    fallback: 60,
  },
  exportTimeout: {
    variable: "OTEL_METRIC_EXPORT_TIMEOUT",
    fromText: secondsFromMillisText,
    mustOfText: "be a number of milliseconds above 0",
    check: duration,
    fallback: 30,
  },
  cardinalityLimit: {
    option: "cardinalityLimit",
    variable: "TACHYMETER_CARDINALITY_LIMIT",
    fromText: numberFromText,
    check: optional(whole(1, 10_000_000)),
    fallback: undefined,
  },
  seriesTimeToLive: {
    option: "seriesTimeToLive",
    variable: "TACHYMETER_SERIES_TTL",
    fromText: numberFromText,
    check: optional(duration),
    fallback: undefined,
  },
  exitTimeout: {
    option: "exitTimeout",
    variable: "TACHYMETER_EXIT_TIMEOUT",
    fromText: numberFromText,
    check: duration,
    fallback: 5,
  },
  exemplarFilter: {
    option: "exemplarFilter",
    variable: "OTEL_METRICS_EXEMPLAR_FILTER",
    check: optional(oneOf("trace_based", "always_on", "always_off")),
    fallback: undefined,
  },
  host: {
    option: "host",
    variable: "TACHYMETER_HOST",
    fromText: flagFromText,
    check: flag,
    fallback: true,
  },
  runtime: {
    option: "runtime",
    variable: "TACHYMETER_RUNTIME",
    fromText: flagFromText,
    check: flag,
    fallback: true,
  },
  kernels: {
    option: "hooks.kernels",
    variable: "TACHYMETER_KERNELS",
    fromText: flagFromText,
    check: flag,
    fallback: false,
  },
  // The option is each Prometheus reader's own.
  healthEndpoints: {
    variable: "TACHYMETER_HEALTH_ENDPOINTS",
    fromText: flagFromText,
    check: healthAccess,
    fallback: true,
  },
};

/** The options that are no single value: each has a parser of its own. */
export const COMPOUND_OPTIONS: readonly string[] = [
  "readers",
  "views",
  "instrumentations",
  "hooks",
  "facades",
  "eventLog",
  "history",
  "createMeterProvider",
];

function secondsFromMillisText(value: string): unknown {
  const number = numberFromText(value);
  return typeof number === "number" ? number / 1_000 : number;
}
