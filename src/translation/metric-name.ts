// Instrument names as the names used in Prometheus and in JSON documents.
import { escapedMetricName } from "./escape-name.ts";
import { metricNameFromName } from "./snapshot-document.ts";
import { addsSuffixes, escapesNames, type TranslationSettings } from "./strategy.ts";

/** The scope of metrics whose names were chosen for Prometheus by the application. */
export const NAMED_METRICS_SCOPE = "tachymeter.collector";

/** The scope of metrics that are recorded by prom-client's API. */
export const PROM_CLIENT_SCOPE = "prom-client";

/** The kinds of metric that are named differently. A non-monotonic sum is an `upDownCounter`. */
export type NamedKind = "counter" | "upDownCounter" | "gauge" | "histogram";

export interface NamedInstrument {
  readonly name: string;
  /** UCUM notation; empty without a unit. */
  readonly unit: string;
}

/** The settings that affect names. */
export type NameSettings = Pick<TranslationSettings, "strategy" | "prefix" | "counterSuffix">;

/**
 * The Prometheus name of an instrument. Characters that Prometheus does not accept become `_`, and a counter ends in
 * `_total`, once. The unit is appended in words unless the name ends in it. Other strategies omit one or the other.
 *
 * @example
 * translatedName({ name: "http.server.request.body.size", unit: "By" }, "histogram") // http_server_request_body_size_bytes
 */
export function translatedName(
  instrument: NamedInstrument,
  kind: NamedKind,
  settings: NameSettings = {},
): string {
  const { strategy = "UnderscoreEscapingWithSuffixes", prefix = "", counterSuffix = true } = settings;
  const escapes = escapesNames(strategy);
  let name = escapes ? collapsed(metricNameFromName(instrument.name)) : instrument.name;
  if (addsSuffixes(strategy))
    name = withSuffixes(name, unitWords(instrument.unit, kind), kind, counterSuffix);
  return withPrefix(escapes ? collapsed(name) : name, prefix, escapes);
}

/** The Prometheus name of a metric that was named for Prometheus: only invalid characters are replaced. */
export function keptName(
  instrument: NamedInstrument,
  { strategy = "UnderscoreEscapingWithSuffixes", prefix = "" }: NameSettings = {},
): string {
  const escapes = escapesNames(strategy);
  return withPrefix(escapes ? metricNameFromName(instrument.name) : instrument.name, prefix, escapes);
}

/** The Prometheus name of an instrument of a scope. */
export function nameIn(
  scope: { readonly name: string },
  instrument: NamedInstrument,
  kind: NamedKind,
  settings?: NameSettings,
): string {
  return scope.name === NAMED_METRICS_SCOPE || scope.name === PROM_CLIENT_SCOPE
    ? keptName(instrument, settings)
    : translatedName(instrument, kind, settings);
}

/** The unit of an instrument in words, such as `bytes_per_second`; empty without a unit. */
export function unitOf({ unit }: NamedInstrument, kind: NamedKind): string {
  return wordsOf(unitWords(unit, kind));
}

type Words = ReturnType<typeof wordsFromUnit>;

function unitWords(unit: string, kind: NamedKind): Words {
  return unit === "1" && kind === "gauge" ? { amount: "ratio", per: "" } : wordsFromUnit(unit);
}

function wordsOf({ amount, per }: Words): string {
  return [amount, per].filter((word) => word !== "").join("_");
}

// Moves `_total` behind the unit.
function withSuffixes(name: string, unit: Words, kind: NamedKind, counterSuffix: boolean): string {
  if (kind !== "counter") return withUnit(name, unit);
  const bare = name.replace(/[._]total$/, "");
  return counterSuffix || bare !== name ? `${withUnit(bare, unit)}_total` : withUnit(name, unit);
}

function withUnit(name: string, unit: Words): string {
  const words = wordsOf(unit);
  if (words === "" || endsInWord(name, words)) return name;
  return unit.amount !== "" && endsInWord(name, unit.amount) ? `${name}_${unit.per}` : `${name}_${words}`;
}

function endsInWord(name: string, word: string): boolean {
  return name === word || name.endsWith(`_${word}`) || name.endsWith(`.${word}`);
}

function collapsed(name: string): string {
  return name.replaceAll(/_{2,}/g, "_");
}

function withPrefix(name: string, prefix: string, escapes: boolean): string {
  const whole = prefix === "" ? name : `${prefix}_${name}`;
  const isGood = escapes ? /^[a-zA-Z_:]/.test(whole) : whole !== "";
  return isGood ? whole : `_${whole}`;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["d", "days"],
  ["h", "hours"],
  ["min", "minutes"],
  ["s", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["ns", "nanoseconds"],
  ["By", "bytes"],
  ["KiBy", "kibibytes"],
  ["MiBy", "mebibytes"],
  ["GiBy", "gibibytes"],
  ["TiBy", "tebibytes"],
  ["kBy", "kilobytes"],
  ["KBy", "kilobytes"],
  ["MBy", "megabytes"],
  ["GBy", "gigabytes"],
  ["TBy", "terabytes"],
  ["m", "meters"],
  ["V", "volts"],
  ["A", "amperes"],
  ["J", "joules"],
  ["W", "watts"],
  ["g", "grams"],
  ["Cel", "celsius"],
  ["Hz", "hertz"],
  ["%", "percent"],
  ["1", ""],
]);

// Units after "per" are singular. `m` is a minute here, as in the collector and in Prometheus itself.
const SINGULAR_WORDS: ReadonlyMap<string, string> = new Map([
  ["s", "second"],
  ["m", "minute"],
  ["min", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["mo", "month"],
  ["y", "year"],
  ["1", ""],
]);

/** A unit in words: `By/s` is `{ amount: "bytes", per: "per_second" }`. Either may be empty. */
export interface UnitWords {
  readonly amount: string;
  readonly per: string;
}

/**
 * The words of a UCUM unit. Text in braces is ignored, the first slash begins a rate, and a unit that is in no table is
 * kept as it is.
 *
 * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", metric metadata
 */
export function wordsFromUnit(unit: string): UnitWords {
  const bare = unit.replaceAll(/\{[^}]*\}/g, "");
  const slash = bare.indexOf("/");
  if (slash === -1) return { amount: wordFrom(bare, WORDS), per: "" };
  const per = wordFrom(bare.slice(slash + 1), SINGULAR_WORDS);
  return { amount: wordFrom(bare.slice(0, slash), WORDS), per: per === "" ? "" : `per_${per}` };
}

function wordFrom(unit: string, words: ReadonlyMap<string, string>): string {
  const symbol = unit.trim();
  return words.get(symbol) ?? symbol.replaceAll(/[^a-zA-Z0-9]+/g, "_").replaceAll(/^_|_$/g, "");
}

const SUFFIXES = /(_(?:ratio|bytes|seconds|celsius|watts))?(_total)?(_(?:bucket|count|sum))?$/;

/**
 * Returns a function from the default name of a metric to its name by a reader's settings; `undefined` if they are the
 * same. Its unit and type are read from the name, which holds for the metrics of monitors and panels: a test has all of
 * them.
 */
export function ownNames(settings: NameSettings): ((name: string) => string) | undefined {
  const { strategy = "UnderscoreEscapingWithSuffixes", prefix = "", counterSuffix = true } = settings;
  const isSuffixed = addsSuffixes(strategy);
  if (isSuffixed && counterSuffix && prefix === "") return undefined;
  return (name) => {
    const named = name.replace(
      SUFFIXES,
      (_all: string, unit = "", total = "", series = "") =>
        `${isSuffixed ? unit : ""}${isSuffixed && counterSuffix ? total : ""}${series}`,
    );
    return escapedMetricName(keptName({ name: named, unit: "" }, settings), "underscores");
  };
}
