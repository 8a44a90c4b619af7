import type { CommandFailure } from "./execution.ts";

/** A type of failure of one command that became more frequent, or is more frequent than expected. */
export interface FailurePattern {
  /** Name of the command; `_other` beyond the limit, `undefined` for executions without a name. */
  readonly command: string | undefined;
  /** Type of the error, as in attribute `error.type`. */
  readonly errorType: string;
  /** Number of such failures in the latest executions. */
  readonly failures: number;
  /** Number of the latest executions: at most 50, and for failures that became more frequent at most half of all. */
  readonly executions: number;
  /** `failures` divided by `executions`. */
  readonly rate: number;
  /**
   * Expected rate of such failures. For failures that became more frequent, it is their rate in all earlier executions.
   * For others, it is the given rate, or the rate of failures of all other commands.
   */
  readonly baselineRate: number;
  /** Probability of such a difference by chance: two-sided two-proportion z-test. */
  readonly pValue: number;
  /** Time of the first such failure, in seconds since the epoch. */
  readonly first: number;
  /** Time of the last such failure, in seconds since the epoch. */
  readonly last: number;
  /** Message of the last such failure: the first line, at most 200 characters. */
  readonly example: string;
}

/** A count out of a total. */
export interface Share {
  readonly count: number;
  readonly total: number;
}

const WINDOW = 50;
// The test is too inaccurate for fewer.
const MIN_EXECUTIONS = 10;
const MIN_FAILURES = 3;
const MAX_P_VALUE = 0.01;
const MAX_EXAMPLE_LENGTH = 200;

interface FailureKind {
  readonly errorType: string;
  failures: number;
  readonly first: number;
  last: number;
  example: string;
}

/** Executions of one command: the last 50 individually, all others as counts. */
export class CommandHistory {
  // A ring with the outcome of execution n at n % WINDOW: 0 is success, k the kind at k - 1.
  readonly #recent = new Uint8Array(WINDOW);
  readonly #kinds: FailureKind[] = [];
  #executions = 0;

  /** Adds one execution, which succeeded if `failure` is undefined. At most 255 error types are supported. */
  note(failure: CommandFailure | undefined): void {
    this.#recent[this.#executions++ % WINDOW] = failure === undefined ? 0 : this.#noteFailure(failure);
  }

  /** Share of failures in all executions. */
  get failures(): Share {
    return { count: this.#kinds.reduce((sum, { failures }) => sum + failures, 0), total: this.#executions };
  }

  /** Returns the failures that became more frequent, or are more frequent than `expected`. */
  patterns(command: string | undefined, expected: Share): readonly FailurePattern[] {
    const half = Math.min(WINDOW, Math.floor(this.#executions / 2));
    const all = Math.min(WINDOW, this.#executions);
    return this.#kinds.flatMap((kind, index) => {
      const failures = this.#countRecent(index + 1, half);
      const before = { count: kind.failures - failures, total: this.#executions - half };
      const found =
        moreThan({ count: failures, total: half }, before) ??
        moreThan({ count: this.#countRecent(index + 1, all), total: all }, expected);
      if (found === undefined) return [];
      const { errorType, first, last, example } = kind;
      return [{ command, errorType, ...found, first, last, example }];
    });
  }

  #countRecent(mark: number, executions: number): number {
    let count = 0;
    for (let n = this.#executions - executions; n < this.#executions; n++) {
      if (this.#recent[n % WINDOW] === mark) count++;
    }
    return count;
  }

  #noteFailure({ errorType, example }: CommandFailure): number {
    const now = Date.now() / 1000;
    const known = this.#kinds.findIndex((kind) => kind.errorType === errorType);
    const kind = this.#kinds[known] ?? { errorType, failures: 0, first: now, last: now, example };
    kind.failures++;
    kind.last = now;
    kind.example = firstLineOf(example);
    return known < 0 ? this.#kinds.push(kind) : known + 1;
  }
}

type Comparison = Pick<FailurePattern, "failures" | "executions" | "rate" | "baselineRate" | "pValue">;

// Returns the comparison if `recent` is higher by more than chance.
function moreThan(recent: Share, baseline: Share): Comparison | undefined {
  const { count: failures, total: executions } = recent;
  if (executions < MIN_EXECUTIONS || failures < MIN_FAILURES || baseline.total === 0) return undefined;
  const rate = failures / executions;
  const baselineRate = baseline.count / baseline.total;
  const pValue = pValueOfDifference(recent, baseline);
  if (rate <= baselineRate || pValue > MAX_P_VALUE) return undefined;
  return { failures, executions, rate, baselineRate, pValue };
}

function firstLineOf(text: string): string {
  return text.slice(0, MAX_EXAMPLE_LENGTH).split(/[\r\n]/, 1)[0] ?? "";
}

/**
 * Probability that two shares differ at least as much as they do by chance: 1 if both are 0 or 1. It is the two-sided
 * p-value of the two-proportion z-test with a pooled share and no continuity correction. The value is exact to nine
 * digits; the test itself is inaccurate for counts below five.
 */
export function pValueOfDifference(one: Share, other: Share): number {
  const pooled = (one.count + other.count) / (one.total + other.total);
  const variance = pooled * (1 - pooled) * (1 / one.total + 1 / other.total);
  if (!(variance > 0)) return 1;
  const z = (one.count / one.total - other.count / other.total) / Math.sqrt(variance);
  return complementaryErrorFunction(Math.abs(z) / Math.SQRT2);
}

// Abramowitz and Stegun, Handbook of Mathematical Functions: series 7.1.6, continued fraction 7.1.14.
function complementaryErrorFunction(x: number): number {
  const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 3) {
    let term = x;
    let sum = 0;
    for (let n = 1; term > 1e-17; n++) {
      sum += term;
      term *= (2 * x * x) / (2 * n + 1);
    }
    return 1 - 2 * bell * sum;
  }
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / 2 / fraction;
  return bell / fraction;
}
