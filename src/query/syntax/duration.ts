// Durations of ranges, steps and offsets, and the times of `@`.
import type { TimeShift } from "../expression.ts";
import type { Scanner } from "./scanner.ts";

// Prometheus holds durations as nanoseconds and times as milliseconds, both in 64 bits.
const MAX_SECONDS = 2 ** 63 / 1e9;
const MAX_TIME_SECONDS = 2 ** 63;

/**
 * Reads the duration of a range or step, in milliseconds: a number, or arithmetic of durations and numbers of seconds. It
 * must be above 0.
 */
export function readRange(scanner: Scanner, example: string): number {
  const { start } = scanner;
  const seconds = new DurationReader(scanner, example).expression();
  if (seconds > 0) return millisOf(seconds);
  throw scanner.error(`the duration must be above 0, got ${seconds}s`, `write ${example}`, start);
}

/**
 * Reads the duration after `offset`, in milliseconds. As in Prometheus, it ends after a number: an operator that follows
 * belongs to the expression around it. Arithmetic begins with parentheses, or with two signs.
 */
export function readOffset(scanner: Scanner): number {
  return millisOf(new DurationReader(scanner, "offset 5m").offset());
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

// Nested parentheses and signs: reading them is recursive.
const MAX_NESTING = 100;

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["+", 1],
  ["-", 1],
  ["*", 2],
  ["/", 2],
  ["%", 2],
  ["^", 3],
]);
const OF_POWER = 3;

/** Reads durations, in seconds. */
class DurationReader {
  readonly #scanner: Scanner;
  readonly #remedy: string;
  #nesting = 0;

  constructor(scanner: Scanner, example: string) {
    this.#scanner = scanner;
    this.#remedy = `write ${example}`;
  }

  expression(): number {
    const { start } = this.#scanner;
    return this.#checked(this.#operation(this.#operand(), 0), start);
  }

  offset(): number {
    const scanner = this.#scanner;
    const { start } = scanner;
    const sign = acceptSign(scanner) ?? 1;
    const isNumber = !["(", "-", "+"].includes(scanner.kind);
    const seconds = isNumber ? this.#primary() : this.#power();
    return this.#checked(isNumber ? sign * seconds : this.#operation(sign * seconds, 0), start);
  }

  // Written as a negation, so that NaN is refused, too.
  #checked(seconds: number, start: number): number {
    if (!(Math.abs(seconds) <= MAX_SECONDS))
      throw this.#scanner.error("the duration is out of range", "write at most 292y", start);
    return seconds;
  }

  // Continues with the operators that bind at least as tightly as `min`.
  #operation(first: number, min: number): number {
    const scanner = this.#scanner;
    let left = first;
    for (;;) {
      const { kind, start } = scanner;
      const precedence = PRECEDENCE.get(kind);
      if (precedence === undefined || precedence < min) return left;
      scanner.advance();
      // Only powers are grouped from the right.
      const right = this.#deeper(() =>
        this.#operation(this.#operand(), kind === "^" ? precedence : precedence + 1),
      );
      if (right === 0 && (kind === "/" || kind === "%"))
        throw scanner.error("the duration is divided by 0", this.#remedy, start);
      left = calculated(left, kind, right);
    }
  }

  // A sign binds more loosely than a power.
  #operand(): number {
    const sign = acceptSign(this.#scanner);
    return sign === undefined ? this.#primary() : sign * this.#deeper(() => this.#power());
  }

  #power(): number {
    return this.#operation(this.#operand(), OF_POWER);
  }

  #primary(): number {
    const scanner = this.#scanner;
    if (!scanner.accept("(")) return readNumberOrDuration(scanner, "a duration", this.#remedy);
    const seconds = this.#deeper(() => this.expression());
    scanner.expect(")", '")" or an operator', "close the parenthesis");
    return seconds;
  }

  #deeper(read: () => number): number {
    this.#nesting++;
    if (this.#nesting > MAX_NESTING)
      throw this.#scanner.error(`the duration has more than ${MAX_NESTING} levels`, this.#remedy);
    const seconds = read();
    this.#nesting--;
    return seconds;
  }
}

function calculated(left: number, operator: string, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    default:
      return left ** right;
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
