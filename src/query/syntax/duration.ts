// Durations of ranges, steps and offsets, and the times of `@`.
import type { DurationExpression, DurationOperation, TimeShift } from "../expression.ts";
import { dependsOnQuery, DIVIDED_BY_0, durationMillis, isInRange, OUT_OF_RANGE } from "./duration-value.ts";
import type { Scanner } from "./scanner.ts";
import type { Experimental, Refuse } from "./refuse.ts";

// Prometheus holds times as milliseconds in 64 bits.
const MAX_TIME_SECONDS = 2 ** 63;

/** A duration that was read. */
export interface ReadDuration {
  /** 0 if it depends on the query. */
  readonly millis: number;
  /** `undefined` for a number. */
  readonly expression: DurationExpression | undefined;
}

/** Reads the duration of a range or step: a number, or arithmetic of durations and numbers of seconds, above 0. */
export function readRange(scanner: Scanner, example: string, experimental: Experimental): ReadDuration {
  const expression = new DurationReader(scanner, `write ${example}`, experimental).expression();
  return readFrom(expression, scanner, `write ${example}`, false);
}

/**
 * Reads the duration after `offset`. As in Prometheus, it ends after a number, and after parentheses with a sign: an operator
 * that follows belongs to the expression around it. Arithmetic begins with parentheses, or with two signs.
 */
export function readOffset(scanner: Scanner, experimental: Experimental): ReadDuration {
  const remedy = "write offset 5m";
  const expression = new DurationReader(scanner, remedy, experimental).offset();
  const isClosed = expression.kind === "number" || isDelimited(expression) || isSignedOnce(expression);
  // Its canonical form is in parentheses.
  return readFrom(isClosed ? expression : { ...expression, isWrapped: true }, scanner, remedy, true);
}

// Parentheses, or a call.
function isDelimited({ operator, isWrapped }: DurationOperation): boolean {
  return isWrapped || NAMED.some((name) => name === operator);
}

function isSignedOnce({ left, right }: DurationOperation): boolean {
  return left === undefined && right?.kind === "duration" && isDelimited(right);
}

function readFrom(
  expression: DurationExpression,
  scanner: Scanner,
  remedy: string,
  isSigned: boolean,
): ReadDuration {
  if (dependsOnQuery(expression)) return { millis: 0, expression };
  const refuse: Refuse = (problem, own, position) => scanner.error(problem, own, position);
  const millis = durationMillis(expression, undefined, { isSigned, remedy, refuse });
  return { millis, expression: expression.kind === "number" ? undefined : expression };
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

// Operators, signs and parentheses: reading and evaluating them is recursive.
const MAX_PARTS = 200;

const PRECEDENCE = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3 } as const;

const NAMED = ["min_of", "max_of", "step", "range"] as const;

class DurationReader {
  readonly #scanner: Scanner;
  readonly #remedy: string;
  readonly #experimental: Experimental;
  #parts = 0;

  constructor(scanner: Scanner, remedy: string, experimental: Experimental) {
    this.#scanner = scanner;
    this.#remedy = remedy;
    this.#experimental = experimental;
  }

  expression(): DurationExpression {
    return this.#operation(this.#operand(), 0);
  }

  offset(): DurationExpression {
    const scanner = this.#scanner;
    const { start } = scanner;
    const sign = acceptSign(scanner);
    const isArithmetic = sign === undefined ? scanner.is("(") : scanner.is("-") || scanner.is("+");
    if (!isArithmetic) return signed(sign, this.#primary(), start);
    return this.#operation(signed(sign, this.#power(), start), 0);
  }

  // Continues with the operators that bind at least as tightly as `min`.
  #operation(first: DurationExpression, min: number): DurationExpression {
    const scanner = this.#scanner;
    let left = first;
    for (;;) {
      const operator = arithmeticAt(scanner);
      if (operator === undefined) return left;
      const precedence = PRECEDENCE[operator];
      if (precedence < min) return left;
      scanner.advance();
      // Only powers are grouped from the right.
      const right = this.#part(() =>
        this.#operation(this.#operand(), operator === "^" ? precedence : precedence + 1),
      );
      const isDivision = operator === "/" || operator === "%";
      if (isDivision && right.kind === "number" && right.value === 0)
        throw scanner.error(DIVIDED_BY_0, this.#remedy, left.start);
      left = operation(operator, left, right, left.start, right.end);
    }
  }

  // A sign binds more loosely than a power.
  #operand(): DurationExpression {
    const { start } = this.#scanner;
    const sign = acceptSign(this.#scanner);
    return sign === undefined
      ? this.#primary()
      : signed(
          sign,
          this.#part(() => this.#power()),
          start,
        );
  }

  #power(): DurationExpression {
    return this.#operation(this.#operand(), PRECEDENCE["^"]);
  }

  #primary(): DurationExpression {
    const scanner = this.#scanner;
    const { start, keyword } = scanner;
    const named = NAMED.find((name) => name === keyword);
    if (named !== undefined) return this.#named(named);
    if (!scanner.accept("(")) {
      const { isDuration } = scanner;
      const value = readNumberOrDuration(scanner, "a duration", this.#remedy);
      // Infinity and NaN, too.
      if (!isInRange(value)) throw scanner.error(...OUT_OF_RANGE, start);
      return { kind: "number", type: "scalar", value, isDuration, start, end: scanner.previousEnd };
    }
    const inner = this.#part(() => this.expression());
    scanner.expect(")", '")" or an operator', "close the parenthesis");
    const place = { start, end: scanner.previousEnd };
    return inner.kind === "number"
      ? { ...operation("+", undefined, inner, place.start, place.end), isWrapped: true }
      : { ...inner, ...place, isWrapped: true };
  }

  #named(operator: (typeof NAMED)[number]): DurationExpression {
    const scanner = this.#scanner;
    const { start } = scanner;
    this.#experimental(`${operator}()`, start);
    scanner.advance();
    scanner.expect("(", '"("', `write ${operator}()`);
    let left: DurationExpression | undefined;
    let right: DurationExpression | undefined;
    if (operator === "min_of" || operator === "max_of") {
      left = this.#part(() => this.expression());
      scanner.expect(",", '","', `write ${operator}(1m, 5m)`);
      right = this.#part(() => this.expression());
    }
    scanner.expect(")", '")"', "close the parenthesis");
    return operation(operator, left, right, start, scanner.previousEnd);
  }

  #part(read: () => DurationExpression): DurationExpression {
    if (++this.#parts <= MAX_PARTS) return read();
    throw this.#scanner.error(
      `the duration has more than ${MAX_PARTS} operators and parentheses`,
      this.#remedy,
    );
  }
}

function arithmeticAt({ kind }: Scanner): keyof typeof PRECEDENCE | undefined {
  return kind === "+" || kind === "-" || kind === "*" || kind === "/" || kind === "%" || kind === "^"
    ? kind
    : undefined;
}

function operation(
  operator: DurationOperation["operator"],
  left: DurationExpression | undefined,
  right: DurationExpression | undefined,
  start: number,
  end: number,
): DurationOperation {
  return { kind: "duration", operator, left, right, isWrapped: false, start, end };
}

// The sign of a number is that of its value.
function signed(sign: 1 | -1 | undefined, operand: DurationExpression, start: number): DurationExpression {
  if (sign === undefined) return operand;
  if (operand.kind === "number") return { ...operand, value: sign * operand.value, start };
  return sign === 1 ? operand : operation("-", undefined, operand, start, operand.end);
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

function roundHalfAway(value: number): number {
  const rounded = Math.sign(value) * Math.round(Math.abs(value));
  return rounded === 0 ? 0 : rounded;
}
