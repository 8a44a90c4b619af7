// Windows that each selector of an expression needs, and the function that is evaluated over them.
import type { Call, Expression, Range, Selector, Subquery } from "../expression.ts";
import { partsOf, unwrapped } from "../syntax/tree-parts.ts";
import { WINDOW_FUNCTIONS, type WindowFunction, type Windows } from "../windows.ts";
import { firstStep } from "./evaluation.ts";
import { atOf, extensionOf } from "./spans.ts";
import { type Steps, subquerySteps } from "./steps.ts";

/** Windows of a selector. */
export interface Needed {
  readonly windows: Windows;
  /** Function that is evaluated over the windows. `undefined` if it needs the samples. */
  readonly operation: WindowFunction | undefined;
}

/** Times of an evaluation. */
interface Query {
  readonly steps: Steps;
  /** Start and end of the query, for `@ start()` and `@ end()`, in Unix milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly lookbackMillis: number;
  /** Parts of the expression with the same value at all steps. */
  readonly invariants: ReadonlySet<Expression>;
}

// Shorter ones have about as many values as samples.
const MIN_APART_MILLIS = 60_000;
const MIN_RANGE_MILLIS = 900_000;

/** Finds the windows of all selectors that occur once, unless they have one window, and all of its samples are needed. */
export function neededWindows(expression: Expression, query: Query): ReadonlyMap<Selector, Needed> {
  const found = new Map<Selector, Needed | undefined>();
  visit(expression, query, found);
  const isPart = (needed: Needed | undefined): needed is Needed =>
    needed !== undefined && (needed.windows.count > 1 || needed.operation !== undefined);
  return new Map(
    [...found].flatMap(([selector, needed]) => (isPart(needed) ? [[selector, needed] as const] : [])),
  );
}

function visit(node: Expression, given: Query, found: Map<Selector, Needed | undefined>): void {
  const query = given.invariants.has(node) ? { ...given, steps: firstStep(given.steps) } : given;
  const add = (selector: Selector, rangeMillis: number, operation: WindowFunction | undefined): void => {
    const windows = windowsOf(selector, rangeMillis, query);
    const isComputed = selector.extension === undefined && isLong(windows);
    const needed = {
      windows: extendedBy(windows, selector, query),
      operation: isComputed ? operation : undefined,
    };
    found.set(selector, found.has(selector) ? undefined : needed);
  };
  switch (node.kind) {
    case "selector":
      return add(node, query.lookbackMillis, "selector");
    case "range":
      return add(node.selector, node.rangeMillis, undefined);
    case "subquery": {
      const steps = stepsOfSubquery(node, query);
      return steps === undefined ? undefined : visit(node.expression, { ...query, steps }, found);
    }
    case "call":
      for (const arg of node.args) {
        const argument = unwrapped(arg);
        if (argument.kind === "range")
          add(argument.selector, argument.rangeMillis, windowFunction(node.name));
        // The times of the samples are needed.
        else if (argument.kind === "selector" && (node.name === "timestamp" || isInfo(node, arg)))
          add(argument, query.lookbackMillis, undefined);
        else visit(arg, query, found);
      }
      return;
    default:
      for (const part of partsOf(node)) visit(part, query, found);
  }
}

function isInfo({ name, args }: Call, arg: Expression): boolean {
  return name === "info" && arg === args[1];
}

function extendedBy(windows: Windows, selector: Selector, { lookbackMillis }: Query): Windows {
  if (selector.extension === undefined) return windows;
  const { before, after } = extensionOf(selector, windows.rangeMillis, lookbackMillis);
  return { ...windows, firstEnd: windows.firstEnd + after, rangeMillis: before + after };
}

function windowFunction(name: string): WindowFunction | undefined {
  return WINDOW_FUNCTIONS.find((each) => each === name);
}

function windowsOf(shift: Range["selector"] | Subquery, rangeMillis: number, query: Query): Windows {
  const { steps } = query;
  const at = atOf(shift, query);
  return {
    firstEnd: (at ?? steps.start) - shift.offsetMillis,
    apart: steps.stepMillis,
    count: at === undefined ? steps.count : 1,
    rangeMillis,
  };
}

function stepsOfSubquery(node: Subquery, query: Query): Steps | undefined {
  const { firstEnd, apart, count } = windowsOf(node, node.rangeMillis, query);
  return subquerySteps(node, firstEnd, firstEnd + (count - 1) * apart);
}

function isLong({ apart, count, rangeMillis }: Windows): boolean {
  return count > 1 ? apart >= MIN_APART_MILLIS : rangeMillis >= MIN_RANGE_MILLIS;
}
