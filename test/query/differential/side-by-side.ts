// Two engines side by side, and a third one that shows which outcomes the samples decide.
import { CHANGED_OVER_RANGES } from "./changed-since-3-5.ts";
import { type CompareOptions, differenceOf } from "./compare.ts";
import type { Engines } from "./engines-over.ts";
import type { Outcome, QueryEngine } from "./outcome.ts";
import type { RandomQuery } from "./random-query.ts";

/** Outcomes of one query, as an instant and as a range. */
export interface Verdict {
  readonly differences: readonly string[];
  /** Whether `expected` itself depends on the order of series: equal values in `topk`, or the rounding of a sum. */
  readonly isUndecided: boolean;
  /** Whether one outcome has samples. */
  readonly hasSamples: boolean;
  readonly outcomes: readonly Outcome[];
}

/** Compares the engines with one query. */
export async function sideBySide(
  engines: Engines,
  query: RandomQuery,
  options: CompareOptions = {},
): Promise<Verdict> {
  const { text, time, range } = query;
  const forms = [
    ["instant", (engine: QueryEngine) => engine.instant(text, time)],
    ["range", (engine: QueryEngine) => engine.range(text, range.from, range.to, range.step)],
  ] as const;
  const differences: string[] = [];
  const outcomes: Outcome[] = [];
  let isUndecided = false;
  for (const [form, ask] of forms) {
    if (form === "range" && CHANGED_OVER_RANGES.test(text)) continue;
    const [expected, actual] = await Promise.all([ask(engines.expected), ask(engines.actual)]);
    outcomes.push(expected);
    const isOrdered = form === "instant" && ORDERED.test(text);
    const difference = differenceOf(expected, actual, { ...options, isOrdered });
    if (difference === undefined) continue;
    const others = await Promise.all(engines.twins.map(ask));
    const isDecided = others.every(
      (twin) => differenceOf(expected, twin, { ...options, isOrdered }) === undefined,
    );
    if (isDecided) differences.push(`${form} ${text}: ${difference}`);
    else isUndecided = true;
  }
  return { differences, isUndecided, hasSamples: outcomes.some(isFilled), outcomes };
}

// Prometheus' order of a label that some series lack depends on their order before.
const ORDERED = /^sort(_desc)?\(|^sort_by_label(_desc)?\((?!.*"(code|new|__name__)"(, "\w+")?\)$)/;

function isFilled(outcome: Outcome): boolean {
  return outcome.kind === "string" || (outcome.kind !== "error" && outcome.series.length > 0);
}
