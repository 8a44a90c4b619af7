// How one command fails of late, beside how it failed before, in bounded memory.
import type { CommandFailure } from "./failure.ts";
import { pValueOfDifference, type Share } from "./two-proportions.ts";

/** A kind of failure of a command that is more frequent than it was, or than it is to be expected. */
export interface FailurePattern {
  /** The command's name, `_other` for those beyond the limit; `undefined` for executions without one. */
  readonly command: string | undefined;
  readonly errorType: string;
  /** How many of the last executions failed in this way. */
  readonly failures: number;
  /** How many the last executions are: 50 at most; of failures that became more frequent, half of all at most. */
  readonly executions: number;
  /** `failures` over `executions`. */
  readonly rate: number;
  /**
   * What `rate` is compared with: the share of such failures in all executions before the last ones, or for failures
   * that are frequent throughout the given rate, or the share of failures of all other commands.
   */
  readonly baselineRate: number;
  /** How probable such a difference is if nothing has changed: a two-proportion z-test, two-sided. */
  readonly pValue: number;
  /** When it first failed in this way, in seconds since the epoch. */
  readonly first: number;
  /** When it last failed in this way, in seconds since the epoch. */
  readonly last: number;
  /** What the last of these failures said of itself: at most 200 characters of its first line. */
  readonly example: string;
}

const WINDOW = 50;
// Fewer say nothing, and the test is too rough for them.
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

/** The executions of one command: the last 50 each, all others as counts. As many kinds are kept as come. */
export class CommandHistory {
  // A ring: the end of execution n is at n modulo its length. 0 is success, k the kind at k - 1.
  readonly #recent = new Uint8Array(WINDOW);
  readonly #kinds: FailureKind[] = [];
  #executions = 0;

  /** Notes one execution, which failed where there is a failure. `failure.errorType` must be one of at most 255. */
  note(failure: CommandFailure | undefined): void {
    this.#recent[this.#executions++ % WINDOW] = failure === undefined ? 0 : this.#noteFailure(failure);
  }

  /** How many executions there were, and how many of them failed. */
  get failures(): Share {
    return { count: this.#kinds.reduce((sum, { failures }) => sum + failures, 0), total: this.#executions };
  }

  /** Which failures are more frequent than they were, or than `expected`. */
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

// The comparison of a share with another one, if it is higher by more than chance.
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
