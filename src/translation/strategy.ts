// Settings for translating OpenTelemetry names to Prometheus names.

/**
 * Translation applied before the escaping scheme of a scraper. It decides whether characters that Prometheus did not
 * accept before version 3 become `_`, and whether units and `_total` are appended.
 *
 * @see OpenTelemetry specification, "Metrics Exporter - Prometheus", translation strategy
 */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/** Settings of a translation; the defaults follow OpenTelemetry's specification. */
export interface TranslationSettings {
  /** @defaultValue "UnderscoreEscapingWithSuffixes" */
  readonly strategy?: TranslationStrategy | undefined;
  /** Prefix of every name except `target_info`, joined with `_`. @defaultValue none */
  readonly prefix?: string | undefined;
  /** Whether counters end in `_total`, if the strategy appends suffixes. @defaultValue true */
  readonly counterSuffix?: boolean | undefined;
  /** Whether every series has the labels of its instrumentation scope. @defaultValue true */
  readonly scopeLabels?: boolean | undefined;
  /** Whether to export the resource as `target_info`. @defaultValue true */
  readonly targetInfo?: boolean | undefined;
  /** Whether a histogram is one value, and so does not reserve the names of its samples. @defaultValue false */
  readonly nestedHistograms?: boolean | undefined;
  /** Names of labels that only the writer sets; attributes of these names get the prefix `exported_`. @defaultValue none */
  readonly reservedLabels?: readonly string[] | undefined;
  /** Pattern of resource attribute keys that become labels of every series. @defaultValue none */
  readonly resourceLabels?: RegExp | undefined;
}

/** Whether a strategy escapes names so that every version of Prometheus accepts them. */
export function escapesNames(strategy: TranslationStrategy): boolean {
  return strategy.startsWith("UnderscoreEscaping");
}

/** Whether a strategy appends units and `_total`. */
export function addsSuffixes(strategy: TranslationStrategy): boolean {
  return strategy.endsWith("WithSuffixes");
}
