// Numbers, durations and times for people, as Prometheus' templates write them.
import { DECIMAL_TEXT, readNumber } from "../../query/syntax/number.ts";
import { fixedText, generalText } from "./number-format.ts";
import { TemplateError } from "./template-error.ts";
import { Instant, typeOf, type Value } from "./value.ts";

const LARGE = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
// Times are 64 bits of nanoseconds.
const MAX_SECONDS = 2 ** 63 / 1e9;

/** A number, from a number or a text. Throws a {@link TemplateError} otherwise. */
export function numberFrom(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string") throw new TemplateError(`can't convert ${typeOf(value)} to float`);
  const number = parsedFloat(value);
  if (number === undefined)
    throw new TemplateError(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  return number;
}

/** `1.235k`, `12.3m`. */
export function humanize(given: Value): string {
  const value = numberFrom(given);
  if (value === 0 || !Number.isFinite(value)) return generalText(value, 4);
  const [scaled, prefix] = Math.abs(value) >= 1 ? scaledDown(value, 1_000, LARGE) : scaledUp(value);
  return generalText(scaled, 4) + prefix;
}

/** `1.5Mi`. */
export function humanize1024(given: Value): string {
  const value = numberFrom(given);
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return generalText(value, 4);
  const [scaled, prefix] = scaledDown(value, 1_024, BINARY);
  return generalText(scaled, 4) + prefix;
}

/** `1d 2h 3m 4s`, `12.5ms`. */
export function humanizeDuration(given: Value): string {
  const value = numberFrom(given);
  if (!Number.isFinite(value)) return generalText(value, 4);
  if (value === 0) return "0s";
  if (Math.abs(value) < 1) {
    const [scaled, prefix] = scaledUp(value);
    return `${generalText(scaled, 4)}${prefix}s`;
  }
  const sign = value < 0 ? "-" : "";
  const seconds = Math.abs(value);
  const whole = Math.trunc(seconds);
  const parts = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const first = parts.findIndex((part) => part !== 0);
  if (first < 0 || first === 3) return `${sign}${generalText(seconds, 4)}s`;
  return (
    sign +
    parts
      .slice(first)
      .map((part, i) => `${part}${"dhms".charAt(first + i)}`)
      .join(" ")
  );
}

/** `12.5%`, from a ratio. */
export function humanizePercentage(given: Value): string {
  return `${generalText(numberFrom(given) * 100, 4)}%`;
}

/** A time in UTC, from seconds since the epoch. */
export function humanizeTimestamp(given: Value): string {
  const value = numberFrom(given);
  return Number.isFinite(value) ? instantFrom(value).toString() : generalText(value, 4);
}

/** A time, from seconds since the epoch. */
export function toTime(given: Value): Value {
  const value = numberFrom(given);
  if (!Number.isFinite(value)) throw new TemplateError("value is NaN or Inf");
  return instantFrom(value);
}

/** A duration from seconds, as Go writes it: `1h0m1.5s`, `500ms`. */
export function durationText(given: Value): string {
  const value = numberFrom(given);
  if (!(Math.abs(value) < MAX_SECONDS))
    throw new TemplateError(`${generalText(value, undefined)} seconds cannot be represented as a duration`);
  const nanos = Math.trunc(Math.abs(value) * 1e9);
  if (nanos === 0) return "0s";
  const sign = value < 0 ? "-" : "";
  const [unit, nanosOfUnit] = DURATION_UNITS.find(([, size]) => nanos < 1_000 * size) ?? ["s", 1e9];
  const ofMinute = nanos % 60e9;
  const minutes = (nanos - ofMinute) / 60e9;
  const hours = Math.floor(minutes / 60);
  const parts = [hours > 0 ? `${hours}h` : "", minutes > 0 ? `${minutes % 60}m` : ""];
  return `${sign}${parts.join("")}${fixedText(ofMinute / nanosOfUnit, undefined)}${unit}`;
}

const DURATION_UNITS = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
] as const;

/** Seconds of a duration such as `1h30m`. */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const { value, isDuration, end } = /^\d/.test(text)
    ? readNumber(text, 0)
    : { value: undefined, isDuration: false, end: 0 };
  if (isDuration && end === text.length && value !== undefined) return value;
  throw new TemplateError(
    text === "" ? "empty duration string" : `not a valid duration string: ${JSON.stringify(text)}`,
  );
}

function instantFrom(seconds: number): Instant {
  if (Math.abs(seconds) > MAX_SECONDS)
    throw new TemplateError(
      `${generalText(seconds, undefined)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  return new Instant(Math.floor(Math.trunc(seconds * 1e9) / 1e6));
}

function scaledDown(
  value: number,
  factor: number,
  prefixes: readonly string[],
): [scaled: number, prefix: string] {
  let [scaled, prefix] = [value, ""];
  for (const next of prefixes) {
    if (Math.abs(scaled) < factor) break;
    [scaled, prefix] = [scaled / factor, next];
  }
  return [scaled, prefix];
}

function scaledUp(value: number): [scaled: number, prefix: string] {
  let [scaled, prefix] = [value, ""];
  for (const next of SMALL) {
    if (Math.abs(scaled) >= 1) break;
    [scaled, prefix] = [scaled * 1_000, next];
  }
  return [scaled, prefix];
}

function parsedFloat(text: string): number | undefined {
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (special !== null) return special[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return DECIMAL_TEXT.test(text) ? Number(text) : undefined;
}
