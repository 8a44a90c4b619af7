// The schema of the settings that are one value each: option, variable, what it may be, default.
import { attributes, type Check, flag, oneOf, optional, duration, text, whole } from "./checks.ts";
import { flagFromText, numberFromText } from "./environment.ts";

/** One setting: the option wins over the variable, the variable over the default. */
export interface Setting<T> {
  readonly option?: string;
  readonly variable?: string;
  /** Makes the option's kind of value from the variable's text. */
  readonly fromText?: (value: string) => unknown;
  readonly check: Check<T>;
  readonly fallback: T;
}

/** The levels of `OTEL_LOG_LEVEL`. */
export type LogLevel = "none" | "error" | "warn" | "info" | "debug" | "verbose" | "all";

function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/** Every single-valued setting. Times are in seconds here, whatever the variable has. */
export const SETTINGS = {
  disabled: setting({
    variable: "OTEL_SDK_DISABLED",
    fromText: flagFromText,
    check: flag,
    fallback: false,
  }),
  logLevel: setting<LogLevel>({
    variable: "OTEL_LOG_LEVEL",
    fromText: (value) => value.toLowerCase(),
    check: oneOf("none", "error", "warn", "info", "debug", "verbose", "all"),
    fallback: "info",
  }),
  serviceName: setting({ option: "serviceName", check: optional(text), fallback: undefined }),
  resource: setting({ option: "resource", check: attributes, fallback: {} }),
  collectionInterval: setting({
    option: "collectionInterval",
    variable: "OTEL_METRIC_EXPORT_INTERVAL",
    fromText: secondsFromMillisText,
    check: duration,
    fallback: 60,
  }),
  exportTimeout: setting({
    variable: "OTEL_METRIC_EXPORT_TIMEOUT",
    fromText: secondsFromMillisText,
    check: duration,
    fallback: 30,
  }),
  cardinalityLimit: setting({
    option: "cardinalityLimit",
    variable: "TACHYMETER_CARDINALITY_LIMIT",
    fromText: numberFromText,
    check: optional(whole(1, 10_000_000)),
    fallback: undefined,
  }),
  seriesTimeToLive: setting({
    option: "seriesTimeToLive",
    variable: "TACHYMETER_SERIES_TTL",
    fromText: numberFromText,
    check: optional(duration),
    fallback: undefined,
  }),
  exemplarFilter: setting({
    option: "exemplarFilter",
    variable: "OTEL_METRICS_EXEMPLAR_FILTER",
    check: optional(oneOf("trace_based", "always_on", "always_off")),
    fallback: undefined,
  }),
  host: setting({
    option: "host",
    variable: "TACHYMETER_HOST",
    fromText: flagFromText,
    check: flag,
    fallback: true,
  }),
  runtime: setting({
    option: "runtime",
    variable: "TACHYMETER_RUNTIME",
    fromText: flagFromText,
    check: flag,
    fallback: true,
  }),
  kernels: setting({
    option: "hooks.kernels",
    variable: "TACHYMETER_KERNELS",
    fromText: flagFromText,
    check: flag,
    fallback: false,
  }),
};

/** The options that are no single value: each has a reading of its own. */
export const COMPOUND_OPTIONS: readonly string[] = [
  "readers",
  "views",
  "instrumentations",
  "hooks",
  "history",
  "createMeterProvider",
];

function secondsFromMillisText(value: string): unknown {
  const number = numberFromText(value);
  return typeof number === "number" ? number / 1_000 : number;
}
