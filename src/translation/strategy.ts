// How names of OpenTelemetry become names of Prometheus.

/**
 * What is done to names before a scraper's own wishes are heeded: whether characters that Prometheus did not know before
 * its version 3 become `_`, and whether units and `_total` are added.
 *
 * @see OpenTelemetry specification, "Metrics Exporter - Prometheus", translation strategy
 */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/** How a translation differs from the one that OpenTelemetry's specification has by default. */
export interface TranslationSettings {
  /** @defaultValue "UnderscoreEscapingWithSuffixes" */
  readonly strategy?: TranslationStrategy | undefined;
  /** Put before every name but `target_info`, with a `_`. @defaultValue none */
  readonly prefix?: string | undefined;
  /** Whether counters get `_total`, if the strategy adds suffixes. @defaultValue true */
  readonly counterSuffix?: boolean | undefined;
  /** Whether every series is labelled with its instrumentation scope. @defaultValue true */
  readonly scopeLabels?: boolean | undefined;
  /** Whether the resource becomes `target_info`. @defaultValue true */
  readonly targetInfo?: boolean | undefined;
  /** Whether a histogram is one figure, not samples whose names others must not have. @defaultValue false */
  readonly nestedHistograms?: boolean | undefined;
  /** Resource attributes whose keys match become labels of every series. @defaultValue none */
  readonly resourceLabels?: RegExp | undefined;
}

/** Whether a strategy makes all names such that every Prometheus reads them. */
export function escapesNames(strategy: TranslationStrategy): boolean {
  return strategy.startsWith("UnderscoreEscaping");
}

/** Whether a strategy adds units and `_total`. */
export function addsSuffixes(strategy: TranslationStrategy): boolean {
  return strategy.endsWith("WithSuffixes");
}
