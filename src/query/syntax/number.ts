// Numbers and durations as PromQL writes them.

// The parts of a duration in their order. Each may occur once.
const UNITS = [
  ["y", 365 * 24 * 3_600_000],
  ["w", 7 * 24 * 3_600_000],
  ["d", 24 * 3_600_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;
const MAX_INT64 = 2n ** 63n - 1n;
// Durations are nanoseconds in 64 bits.
const MAX_MILLIS = 2 ** 63 / 1e6;

// An underscore separates two digits. A number ends before a character that cannot continue it.
const DECIMAL = /(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?(?![\w.])/y;
const HEXADECIMAL = /0[xX]_?[\da-fA-F]+(?:_[\da-fA-F]+)*(?![\w.])/y;
const DURATION = new RegExp(`(?=\\d)${UNITS.map(([unit]) => `(?:(\\d+)${unit})?`).join("")}(?!\\w)`, "y");
/** A whole text that is a decimal number as Go reads it, without underscores. The time is linear for any text. */
export const DECIMAL_TEXT: RegExp = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
// An invalid number, for the message.
const MALFORMED = /[\w.]+/y;

/** A number in an expression. `value` of a duration is in seconds; `undefined` if the number is invalid. */
export interface NumberInText {
  readonly value: number | undefined;
  readonly isDuration: boolean;
  readonly end: number;
}

/** Reads the number that starts with the digit or dot at `start`. */
export function readNumber(source: string, start: number): NumberInText {
  const decimal = endOf(DECIMAL, source, start);
  if (decimal !== undefined) {
    return { value: decimalValue(source.slice(start, decimal)), isDuration: false, end: decimal };
  }
  DURATION.lastIndex = start;
  const parts = DURATION.exec(source);
  if (parts !== null)
    return { value: durationSeconds(parts), isDuration: true, end: start + parts[0].length };
  const hexadecimal = endOf(HEXADECIMAL, source, start);
  if (hexadecimal !== undefined) {
    const digits = source.slice(start + 2, hexadecimal).replaceAll("_", "");
    return { value: integerValue(digits, "0x"), isDuration: false, end: hexadecimal };
  }
  return { value: undefined, isDuration: false, end: endOf(MALFORMED, source, start) ?? start + 1 };
}

/** Formats a duration as PromQL writes it: `90000` as `1m30s`. Parts of a millisecond are cut off. */
export function formatDuration(millis: number): string {
  let rest = Math.trunc(Math.abs(millis));
  if (rest === 0) return "0s";
  let text = millis < 0 ? "-" : "";
  for (const [unit, size] of UNITS) {
    // Years and weeks are written only if nothing is left: 400d is easier to read than 1y35d.
    if ((unit === "y" || unit === "w") && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

function endOf(pattern: RegExp, source: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

// As in Go, a leading zero makes a number octal if all its digits are.
function decimalValue(text: string): number | undefined {
  const digits = text.replaceAll("_", "");
  const octal = /^0[0-7]+$/.test(digits) ? integerValue(digits, "0o") : undefined;
  const value = octal ?? Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

// `undefined` above 64 bits. The length is checked first, since the time of `BigInt` grows with its square.
function integerValue(digits: string, prefix: "0x" | "0o"): number | undefined {
  const significant = digits.replace(/^0+(?=.)/, "");
  if (significant.length > 24) return undefined;
  const value = BigInt(`${prefix}${significant}`);
  return value > MAX_INT64 ? undefined : Number(value);
}

function durationSeconds(parts: readonly (string | undefined)[]): number | undefined {
  let millis = 0;
  for (const [i, [, size]] of UNITS.entries()) millis += Number(parts[i + 1] ?? 0) * size;
  return millis > MAX_MILLIS ? undefined : millis / 1_000;
}
