// Durations of ranges, steps and offsets, and the times of `@`.
import type { TimeShift } from "../expression.ts";
import type { Scanner } from "./scanner.ts";

// Prometheus holds durations as nanoseconds and times as milliseconds, both in 64 bits.
const MAX_SECONDS = 2 ** 63 / 1e9;
const MAX_TIME_SECONDS = 2 ** 63;

/** Reads the duration of a range or step, in milliseconds. It must be above 0. */
export function readRange(scanner: Scanner, example: string): number {
  const start = scanner.start;
  const seconds = readSeconds(scanner, example);
  refuseArithmetic(scanner, example);
  if (seconds > 0) return millisOf(seconds);
  throw scanner.error(`the duration must be above 0, got ${seconds}s`, `write ${example}`, start);
}

/** Reads the duration after `offset`, in milliseconds. */
export function readOffset(scanner: Scanner): number {
  return millisOf(readSeconds(scanner, "offset 5m"));
}

/** Reads the time after `@`: a number of seconds in Unix time, or an end of the range of evaluation. */
export function readAt(scanner: Scanner): NonNullable<TimeShift["at"]> {
  const remedy = "write @ 1609746000, @ start() or @ end()";
  if (scanner.keyword === "start" || scanner.keyword === "end") {
    const end = scanner.keyword;
    scanner.advance();
    scanner.expect("(", '"("', remedy);
    scanner.expect(")", '")"', remedy);
    return end;
  }
  const start = scanner.start;
  const sign = acceptSign(scanner) ?? 1;
  const seconds = sign * readNumberOrDuration(scanner, "a time in seconds", remedy);
  if (Math.abs(seconds) < MAX_TIME_SECONDS) return roundHalfAway(seconds * 1_000);
  throw scanner.error(`the time of @ is out of range: ${seconds}`, remedy, start);
}

/** Takes a `+` or `-`; returns its factor, or `undefined` without one. */
export function acceptSign(scanner: Scanner): 1 | -1 | undefined {
  if (scanner.accept("-")) return -1;
  return scanner.accept("+") ? 1 : undefined;
}

function readSeconds(scanner: Scanner, example: string): number {
  const start = scanner.start;
  let [sign, signs] = [1, 0];
  for (let next = acceptSign(scanner); next !== undefined; next = acceptSign(scanner)) {
    sign *= next;
    signs++;
  }
  if (scanner.is("(")) {
    throw scanner.error("durations in parentheses are experimental in Prometheus", `write ${example}`);
  }
  const seconds = sign * readNumberOrDuration(scanner, "a duration", `write ${example}`);
  // Written as a negation, so that NaN is refused, too.
  if (!(Math.abs(seconds) <= MAX_SECONDS)) {
    throw scanner.error("the duration is out of range", "write at most 292y", start);
  }
  // To Prometheus, `x offset - -5m - 1m` is such arithmetic, and `x offset -5m - 1m` an operation of `x`.
  if (signs > 1) refuseArithmetic(scanner, example);
  return seconds;
}

function refuseArithmetic(scanner: Scanner, example: string): void {
  if (/^[-+*/%^]$/.test(scanner.kind)) {
    throw scanner.error("arithmetic of durations is experimental in Prometheus", `write ${example}`);
  }
}

function readNumberOrDuration(scanner: Scanner, expected: string, remedy: string): number {
  const special = scanner.keyword === "" ? undefined : specialNumber(scanner.keyword);
  if (special === undefined && !scanner.is("number")) throw scanner.unexpected(expected, remedy);
  const value = special ?? scanner.value;
  scanner.advance();
  return value;
}

/** The value of the words `Inf` and `NaN`, in lower case; `undefined` for any other. */
export function specialNumber(keyword: string): number | undefined {
  if (keyword === "inf") return Number.POSITIVE_INFINITY;
  return keyword === "nan" ? Number.NaN : undefined;
}

// Rounded to nanoseconds, then cut to milliseconds.
function millisOf(seconds: number): number {
  return Math.trunc(roundHalfAway(seconds * 1e9) / 1e6);
}

function roundHalfAway(value: number): number {
  const rounded = Math.sign(value) * Math.round(Math.abs(value));
  return rounded === 0 ? 0 : rounded;
}
