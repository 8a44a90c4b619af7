// Expressions that are prepared once and evaluated at many times, as the rules of alerts are.
import { inSlices, nowOrInSlices } from "../../io/yield.ts";
import { exactSelectorsOf, exactTree } from "../exact.ts";
import type { Expression, Selector } from "../expression.ts";
import type { Pause } from "../from-zero.ts";
import type { QueryResult } from "../result.ts";
import { gathered } from "../reading.ts";
import type { SampleSource } from "../sample-source.ts";
import type { Selection } from "../source.ts";
import type { QueryTimes } from "../syntax/duration-value.ts";
import { parse, type ParseOptions } from "../syntax/parse.ts";
import type { Refuse } from "../syntax/refuse.ts";
import { syntaxError } from "../syntax/syntax-error.ts";
import { type Evaluation, type Pieces, Work } from "./evaluation.ts";
import { FoundAnnotations } from "./found-annotations.ts";
import { invariantsOf } from "./invariants.ts";
import { earliestOf, keyOf, LoadedSelections, movedBy, type Wanted, wantedBy } from "./load.ts";
import { valueTest } from "./matchers.ts";
import { neededWindows } from "./needed-windows.ts";
import { dependsOnTimes, resolved } from "./resolved.ts";
import { instantResult, rangeResult } from "./result.ts";
import { type SavedParts, savedParts, Shortcuts } from "./shortcuts.ts";
import { selectorsOf, spansOf } from "./spans.ts";
import type { Steps } from "./steps.ts";
import { abortedError } from "./until-aborted.ts";

/** Limits of an evaluation. */
export interface EvaluationLimits {
  /** Age up to which a sample is the current value of its series. Default: 300,000. */
  readonly lookbackMillis?: number | undefined;
  /** Limit of the samples that are loaded. Default: 50 million, as in Prometheus. */
  readonly maxSamples?: number | undefined;
  /** Cancels the evaluation. A reason with the name `TimeoutError` makes it an error of kind `timeout`. */
  readonly signal?: AbortSignal | undefined;
  /** Whether annotations are not needed. Parts that cannot change the values are then not evaluated. */
  readonly isWithoutAnnotations?: boolean | undefined;
  /** Work that is shared with other evaluations at the same time. Annotations are then not needed. */
  readonly shortcuts?: Shortcuts | undefined;
  /** As in {@link Selection}. PromQL has no such samples: only for charts of the product. */
  readonly isFromZero?: boolean | undefined;
}

const MAX_SAMPLES = 50_000_000;
const LOOKBACK_MILLIS = 300_000;

/** Options of {@link prepare}. */
export interface PrepareOptions extends ParseOptions {
  /** Whether increases and rates are exact ones. */
  readonly exact?: boolean | undefined;
}

/**
 * Parses and checks an expression for evaluation at many times.
 *
 * @throws QueryError of kind `bad_data` with the position, the problem and the next step.
 * @internal
 */
export function prepare(expression: string | Expression, options: PrepareOptions = {}): Prepared {
  const [given, text] =
    typeof expression === "string" ? [parse(expression, options), expression] : [expression, undefined];
  return new Prepared(options.exact === true ? exactTree(given) : given, text);
}

/** An expression that is ready for evaluation. It holds no samples. */
export class Prepared {
  /** The typed syntax tree. */
  readonly expression: Expression;
  // For the positions of annotations.
  readonly #text: string | undefined;
  readonly #invariants: ReadonlySet<Expression>;
  readonly #exact: ReadonlySet<Selector>;
  #savedParts: SavedParts | undefined;
  readonly #atZero: readonly Wanted[] | undefined;

  readonly #dependsOnTimes: boolean;

  /** @param text the expression as it was written. */
  constructor(tree: Expression, text: string | undefined, isOfTimes: boolean = dependsOnTimes(tree)) {
    this.expression = tree;
    this.#dependsOnTimes = isOfTimes;
    this.#text = text;
    this.#exact = exactSelectorsOf(tree);
    this.#invariants = invariantsOf(tree);
    for (const { matchers } of selectorsOf(tree)) for (const matcher of matchers) valueTest(matcher);
    this.#atZero = this.#selectionsAtZero();
  }

  /**
   * Evaluates at one time, in Unix milliseconds. Returns the result if the source has its series in memory and the work
   * is done within half a millisecond. Otherwise it returns a promise, and works in slices.
   *
   * @throws QueryError if the evaluation or the source fails, or the signal aborts. The promise rejects with the same.
   */
  at(
    source: SampleSource,
    timeMillis: number,
    limits: EvaluationLimits = {},
  ): QueryResult | Promise<QueryResult> {
    const steps = { start: timeMillis, stepMillis: 1, count: 1 };
    const timed = this.#at({ start: timeMillis, end: timeMillis, stepMillis: 0 });
    return timed.#evaluate(source, steps, timeMillis, limits, instantResult);
  }

  /** The selections of an evaluation at one time. */
  selectionsAt(timeMillis: number): readonly Selection[] {
    const steps = { start: timeMillis, stepMillis: 1, count: 1 };
    const timed = this.#at({ start: timeMillis, end: timeMillis, stepMillis: 0 });
    const { wanted, later } = timed.#wanted(steps, timeMillis, LOOKBACK_MILLIS);
    const earliest = earliestOf(wanted) + later;
    return wanted.map(({ matchers, start, end, isExact }) => ({
      matchers,
      isExact,
      from: start + later,
      to: end + later,
      earliest,
    }));
  }

  /** Evaluates at all steps. `end` is that of the query, for `@ end()`. */
  async over(
    source: SampleSource,
    steps: Steps,
    end: number,
    limits: EvaluationLimits = {},
  ): Promise<QueryResult> {
    const { start, stepMillis } = steps;
    return await this.#at({ start, end, stepMillis }).#evaluate(source, steps, end, limits, rangeResult);
  }

  // With the values of a query.
  #at(times: QueryTimes): Prepared {
    if (!this.#dependsOnTimes) return this;
    const text = this.#text;
    const refuse: Refuse = (problem, remedy, position) =>
      syntaxError(text ?? "", text === undefined ? 0 : position, problem, remedy);
    return new Prepared(resolved(this.expression, times, refuse), text, false);
  }

  #evaluate(
    source: SampleSource,
    steps: Steps,
    end: number,
    limits: EvaluationLimits,
    resultOf: ResultOf,
  ): QueryResult | Promise<QueryResult> {
    const { lookbackMillis = LOOKBACK_MILLIS, maxSamples = MAX_SAMPLES, isFromZero, signal } = limits;
    if (signal?.aborted === true) throw abortedError(signal);
    const { start } = steps;
    const work = new Work(maxSamples);
    const shortcuts = limits.shortcuts ?? this.#ownShortcuts(limits);
    const { wanted, later } = this.#wanted(steps, end, lookbackMillis);
    const evaluate = (pauses?: readonly Pause[]): Pieces<QueryResult> =>
      resultOf(this.expression, {
        steps,
        start,
        end,
        lookbackMillis,
        pauses,
        loaded: new LoadedSelections(source, wanted, later, { work, shortcuts, isFromZero, signal }),
        invariants: this.#invariants,
        annotations: new FoundAnnotations(this.#text),
        shortcuts,
        work,
      });
    const pieces =
      isFromZero === true ? withPauses(source, earliestOf(wanted) + later, evaluate) : evaluate();
    return nowOrInSlices(pieces, (rest, options) => slicesUntilAborted(rest, { ...options, signal }));
  }

  #ownShortcuts({ isWithoutAnnotations = false }: EvaluationLimits): Shortcuts | undefined {
    if (!isWithoutAnnotations) return undefined;
    return new Shortcuts((this.#savedParts ??= savedParts([this.expression])));
  }

  // The selections, and the time that is added to theirs.
  #wanted(
    steps: Steps,
    end: number,
    lookbackMillis: number,
  ): { readonly wanted: readonly Wanted[]; readonly later: number } {
    const isUsual = steps.count === 1 && end === steps.start && lookbackMillis === LOOKBACK_MILLIS;
    if (isUsual && this.#atZero !== undefined) return { wanted: this.#atZero, later: steps.start };
    return { wanted: this.#selectionsOf(steps, end, lookbackMillis), later: 0 };
  }

  #selectionsOf(steps: Steps, end: number, lookbackMillis: number): readonly Wanted[] {
    const { start } = steps;
    const spans = spansOf(this.expression, { start, end }, lookbackMillis);
    const times = { steps, start, end, lookbackMillis, invariants: this.#invariants };
    return wantedBy(spans, neededWindows(this.expression, times), this.#exact);
  }

  // Selections of an evaluation at time 0, which move with the time. `undefined` if one does not, because of its `@` or
  // the steps of a subquery.
  #selectionsAtZero(): readonly Wanted[] | undefined {
    const wantedAt = (start: number): readonly Wanted[] =>
      this.#selectionsOf({ start, stepMillis: 1, count: 1 }, start, LOOKBACK_MILLIS);
    const [atZero, later] = [wantedAt(0), wantedAt(1)];
    // By selector: those that agree at time 0 may not agree later, as in `x - x @ 0`.
    const laterOf = new Map(
      later.flatMap(({ key, selectors }) => selectors.map((each) => [each, key] as const)),
    );
    const isMoved = ({ selectors, ...each }: Wanted): boolean => {
      const key = keyOf(movedBy(each, 1));
      return selectors.every((selector) => laterOf.get(selector) === key);
    };
    return atZero.every(isMoved) ? atZero : undefined;
  }
}

function* withPauses(
  source: SampleSource,
  from: number,
  evaluate: (pauses: readonly Pause[]) => Pieces<QueryResult>,
): Pieces<QueryResult> {
  return yield* evaluate(yield* gathered(source.catalogue().pauses(from)));
}

type ResultOf = (expression: Expression, evaluation: Evaluation) => Pieces<QueryResult>;

async function slicesUntilAborted(
  pieces: Iterator<unknown, QueryResult>,
  options: Parameters<typeof inSlices>[1] & { readonly signal: AbortSignal | undefined },
): Promise<QueryResult> {
  try {
    return await inSlices(pieces, options);
  } catch (error) {
    throw options.signal?.aborted === true ? abortedError(options.signal) : error;
  }
}
