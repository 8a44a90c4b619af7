const PREFIXES = "(?:Ki|Mi|Gi|Ti|Pi|Ei|da|[YZEPTGMkhdcmunpfazy])";
// Units with and without prefixes.
const SCALED =
  "(?:By|bit|Bd|s|m|g|t|A|K|cd|mol|Hz|N|Pa|bar|J|eV|W|V|C|F|Ohm|S|Wb|T|H|Cel|lm|lx|Bq|Gy|Sv|rad|sr|L|l|cal)";
const WHOLE = String.raw`(?:min|h|d|wk|mo|a|%|deg|10\*|10\^|\[[!-Z\\^-~]+\])`;
const FACTOR = new RegExp(
  String.raw`^(?:(?:${PREFIXES}?${SCALED}|${WHOLE})(?:[+-]?\d+)?|\d+)(?:\{\})?$|^\{\}$`,
);

/**
 * Whether a unit consists of UCUM codes and names in braces: `s`, `KiBy`, `{message}/s`. Knows the codes of computing
 * and physics; others only in brackets.
 *
 * @see The Unified Code for Units of Measure, "Grammar of units and unit terms"
 */
export function isUnitCode(unit: string): boolean {
  // Dots and slashes in braces are not operators.
  const [first, ...others] = unit.replaceAll(/\{[!-z|~]+\}/g, "{}").split(/[./]/);
  const factors = first === "" && unit.startsWith("/") ? others : [first ?? "", ...others];
  return unit !== "" && factors.every((factor) => FACTOR.test(factor));
}

/** The code of a unit written as a word in lower case, such as `seconds`; `undefined` for other words. */
export function codeOfUnitWord(word: string): string | undefined {
  return WORDS.get(word);
}

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    s: "second seconds sec secs",
    ms: "ms millisecond milliseconds millis msec msecs",
    us: "us microsecond microseconds micros usec",
    ns: "ns nanosecond nanoseconds nanos nsec",
    min: "minute minutes mins",
    h: "hour hours",
    d: "day days",
    By: "byte bytes",
    kBy: "kb kilobyte kilobytes",
    MBy: "mb megabyte megabytes",
    GBy: "gb gigabyte gigabytes",
    KiBy: "kib kibibyte kibibytes",
    MiBy: "mib mebibyte mebibytes",
    GiBy: "gib gibibyte gibibytes",
    bit: "bits",
    "%": "percent percentage",
    Cel: "celsius",
    Hz: "hertz",
    V: "volts",
    W: "watts",
    J: "joules",
  }).flatMap(([code, words]) => words.split(" ").map((word) => [word, code])),
);
