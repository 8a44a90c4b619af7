// Expressions that are prepared once and evaluated at many times, as the rules of alerts are.
import { inSlices, nowOrInSlices } from "../../io/yield.ts";
import type { CapableSource } from "../capable-source.ts";
import type { Expression } from "../expression.ts";
import type { Pause } from "../from-zero.ts";
import type { QueryResult } from "../result.ts";
import type { Selection } from "../source.ts";
import { parse } from "../syntax/parse.ts";
import { type Evaluation, type Loaded, type Pieces, Work } from "./evaluation.ts";
import { FoundAnnotations } from "./found-annotations.ts";
import { invariantsOf } from "./invariants.ts";
import { load, LoadedFromMemory, type SelectedInMemory, type Wanted, wantedBy } from "./load.ts";
import { valueTest } from "./matchers.ts";
import { neededWindows } from "./needed-windows.ts";
import { instantResult, rangeResult } from "./result.ts";
import { type SavedParts, savedParts, Shortcuts } from "./shortcuts.ts";
import { selectorsOf, spansOf } from "./spans.ts";
import type { Steps } from "./steps.ts";
import { abortedError, untilAborted } from "./until-aborted.ts";

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

/**
 * Parses and checks an expression for evaluation at many times.
 *
 * @throws QueryError of kind `bad_data` with the position, the problem and the next step.
 * @internal
 */
export function prepare(expression: string | Expression): Prepared {
  return new Prepared(expression);
}

/** An expression that is ready for evaluation. It holds no samples. */
export class Prepared {
  /** The typed syntax tree. */
  readonly expression: Expression;
  // For the positions of annotations.
  readonly #text: string | undefined;
  readonly #invariants: ReadonlySet<Expression>;
  #savedParts: SavedParts | undefined;
  readonly #atZero: readonly Wanted[] | undefined;

  constructor(expression: string | Expression) {
    const [tree, text] =
      typeof expression === "string" ? [parse(expression), expression] : [expression, undefined];
    this.expression = tree;
    this.#text = text;
    this.#invariants = invariantsOf(tree);
    for (const { matchers } of selectorsOf(tree)) for (const matcher of matchers) valueTest(matcher);
    this.#atZero = selectionsAtZero(tree);
  }

  /**
   * Evaluates at one time, in Unix milliseconds. Returns the result if the source has its series in memory and the work
   * is done within half a millisecond. Otherwise it returns a promise, and works in slices.
   *
   * @throws QueryError if the evaluation or the source fails, or the signal aborts. The promise rejects with the same.
   */
  at(
    source: CapableSource,
    timeMillis: number,
    limits: EvaluationLimits = {},
  ): QueryResult | Promise<QueryResult> {
    const steps = { start: timeMillis, stepMillis: 1, count: 1 };
    return this.#evaluate(source, steps, timeMillis, limits, instantResult);
  }

  /** The selections of an evaluation at one time from memory. */
  selectionsAt(timeMillis: number): readonly Selection[] {
    const steps = { start: timeMillis, stepMillis: 1, count: 1 };
    return this.#inMemory(steps, timeMillis, LOOKBACK_MILLIS).selections;
  }

  /** Evaluates at all steps. `end` is that of the query, for `@ end()`. */
  async over(
    source: CapableSource,
    steps: Steps,
    end: number,
    limits: EvaluationLimits = {},
  ): Promise<QueryResult> {
    return await this.#evaluate(source, steps, end, limits, rangeResult);
  }

  #evaluate(
    source: CapableSource,
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
    const evaluate = (loaded: Loaded, pauses: readonly Pause[] = []): Pieces<QueryResult> =>
      resultOf(this.expression, {
        steps,
        start,
        end,
        lookbackMillis,
        pauses: isFromZero === true ? pauses : undefined,
        loaded,
        invariants: this.#invariants,
        annotations: new FoundAnnotations(this.#text),
        shortcuts,
        work,
      });
    const selected = this.#selectedInMemory(source, steps, end, lookbackMillis, isFromZero);
    if (selected !== undefined)
      return nowOrInSlices(
        evaluate(new LoadedFromMemory(selected, { work, shortcuts }), selected.series.pauses),
        (rest) => slicesUntilAborted(rest, signal),
      );
    const query = { steps, start, end, lookbackMillis, invariants: this.#invariants };
    const spans = spansOf(this.expression, { start, end }, lookbackMillis);
    const wanted = wantedBy(spans, neededWindows(this.expression, query));
    return untilEnded(signal, async (ending) => {
      const loaded = await untilAborted(
        load(wanted, source, { work, shortcuts, isFromZero }, ending),
        ending,
      );
      const pauses = isFromZero === true ? await source.pauses?.() : undefined;
      return await inSlices(evaluate(loaded, pauses), { signal: ending });
    });
  }

  #ownShortcuts({ isWithoutAnnotations = false }: EvaluationLimits): Shortcuts | undefined {
    if (!isWithoutAnnotations) return undefined;
    return new Shortcuts((this.#savedParts ??= savedParts([this.expression])));
  }

  // `undefined` if the source does not have all series in memory.
  #selectedInMemory(
    source: CapableSource,
    { start, count }: Steps,
    end: number,
    lookbackMillis: number,
    isFromZero?: boolean,
  ): SelectedInMemory | undefined {
    if (source.inMemory === undefined) return undefined;
    const { wanted, selections } = this.#inMemory({ start, count }, end, lookbackMillis, isFromZero);
    const series = source.inMemory(selections);
    return series && { wanted, selections, series };
  }

  #inMemory(
    { start, count }: Pick<Steps, "start" | "count">,
    end: number,
    lookbackMillis: number,
    isFromZero?: boolean,
  ): Omit<SelectedInMemory, "series"> {
    const isUsual = count === 1 && lookbackMillis === LOOKBACK_MILLIS;
    const atZero = isUsual ? this.#atZero : undefined;
    const wanted = atZero ?? wantedBy(spansOf(this.expression, { start, end }, lookbackMillis));
    const later = atZero === undefined ? 0 : start;
    const selections: Selection[] = [];
    for (const each of wanted)
      selections.push({
        matchers: each.matchers,
        from: each.start + later,
        to: each.end + later,
        isFromZero,
      });
    return { wanted, selections };
  }
}

// Selections of an evaluation at time 0, which move with the time. `undefined` if one does not, because of its `@`.
function selectionsAtZero(expression: Expression): readonly Wanted[] | undefined {
  const spansAt = (time: number): ReturnType<typeof spansOf> =>
    spansOf(expression, { start: time, end: time }, LOOKBACK_MILLIS);
  const [atZero, later] = [spansAt(0), spansAt(1)];
  // By selector: those that agree at time 0 may not agree later, as in `x - x @ 0`.
  const isMoved = [...atZero].every(([selector, { start, end }]) => {
    const moved = later.get(selector);
    return moved?.start === start + 1 && moved.end === end + 1;
  });
  return isMoved ? wantedBy(atZero) : undefined;
}

type ResultOf = (expression: Expression, evaluation: Evaluation) => Pieces<QueryResult>;

async function slicesUntilAborted(
  pieces: Iterator<unknown, QueryResult>,
  signal?: AbortSignal,
): Promise<QueryResult> {
  try {
    return await inSlices(pieces, { signal });
  } catch (error) {
    throw signal?.aborted === true ? abortedError(signal) : error;
  }
}

/** Runs `work` with a signal that aborts with the given one, and if the work fails: the source's work ends too. */
async function untilEnded(
  signal: AbortSignal | undefined,
  work: (ending: AbortSignal) => Promise<QueryResult>,
): Promise<QueryResult> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await work(controller.signal);
  } catch (error) {
    const reason = controller.signal.aborted ? abortedError(controller.signal) : error;
    controller.abort(reason);
    throw reason;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
