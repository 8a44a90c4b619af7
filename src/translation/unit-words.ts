// Units of UCUM as the words that Prometheus names carry.

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

// After "per" a unit stands in the singular. `m` is a minute here, as in the collector and in Prometheus itself.
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

/** A unit in words: `{ amount: "bytes", per: "per_second" }` of `By/s`. Either is empty if there is none. */
export interface UnitWords {
  readonly amount: string;
  readonly per: string;
}

/**
 * The words of a UCUM unit. What stands in braces is left out, the first slash begins a rate, and a unit that is in no
 * table stands for itself.
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
