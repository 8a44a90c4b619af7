import { QueryError } from "../query-error.ts";
import type { Expression, Selector } from "../expression.ts";
import type { Pause } from "../from-zero.ts";
import type { FoundAnnotations } from "./found-annotations.ts";
import type { LoadedSeries } from "./loaded-series.ts";
import type { Shortcuts } from "./shortcuts.ts";
import type { Steps } from "./steps.ts";

/** Work that yields between its pieces, so that it can run in slices, and yields the promises that it waits for. */
export type Pieces<Result> = Generator<Promise<unknown> | undefined, Result, undefined>;

/** Series of an expression's selectors. */
export interface Loaded {
  of(selector: Selector): Pieces<readonly LoadedSeries[]>;
}

/** Query and place in it that an evaluation is at. */
export interface Evaluation {
  /** Times to evaluate at: those of the query, or of the subquery that is evaluated. */
  readonly steps: Steps;
  /** Start and end of the query, for `@ start()` and `@ end()`, in Unix milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly lookbackMillis: number;
  /** Defined for charts of the product: windows do not begin in them, and counters begin with 0. */
  readonly pauses?: readonly Pause[] | undefined;
  readonly loaded: Loaded;
  /** Parts of the expression with the same value at all steps. */
  readonly invariants: ReadonlySet<Expression>;
  readonly annotations: FoundAnnotations;
  /** Work that is saved. `undefined` if annotations are wanted, and within subqueries. */
  readonly shortcuts: Shortcuts | undefined;
  readonly work: Work;
}

/** The first of the steps alone. */
export function firstStep(steps: Steps): Steps {
  return { ...steps, count: 1 };
}

/** Work of a query: decides when a slice ends, and limits its memory. */
export class Work {
  readonly #maxSamples: number;
  #unitsLeft = UNITS_OF_A_PIECE;
  #held = 0;

  /** @param maxSamples limit of the samples loaded, and of the cells that are held at one time. */
  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  /** Counts work, about 5 ns a unit. Returns whether it is time to yield. */
  spend(units: number): boolean {
    this.#unitsLeft -= units;
    if (this.#unitsLeft > 0) return false;
    this.#unitsLeft = UNITS_OF_A_PIECE;
    return true;
  }

  /** Cells of the results that are held for nodes whose evaluation goes on. */
  get held(): number {
    return this.#held;
  }

  /** Ends a node: its operands are let go, and its result is held. `before` is {@link held} at its start. */
  hold(before: number, cells: number): void {
    this.#held = before;
    this.reserve(cells);
    this.#held += cells;
  }

  /** Throws if the loaded samples are more than a query may hold. */
  reserveLoaded(samples: number): void {
    if (samples > this.#maxSamples) throw tooManySamples();
  }

  /** Throws if `samples`, with those that are held, are more than a query may hold. */
  reserve(samples: number): void {
    if (this.#held + samples > this.#maxSamples) throw tooManySamples();
  }
}

function tooManySamples(): QueryError {
  return new QueryError(
    "execution",
    "query processing would load too many samples into memory in query execution",
  );
}

// About 20 µs, and 0.4 ms while V8 has not optimized the code yet.
const UNITS_OF_A_PIECE = 4_000;
