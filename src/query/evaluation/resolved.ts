// Expressions whose durations and values depend on the times of the query.
import type { DurationExpression, Expression, NumberLiteral, Selector, TimeShift } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import { dependsOnQuery, durationMillis, type QueryTimes } from "../syntax/duration-value.ts";
import type { Refuse } from "../syntax/refuse.ts";
import { partsOf, withParts } from "../syntax/tree-parts.ts";
import { infoSelector } from "./info.ts";

/** Whether a tree has durations or calls whose value depends on the times of the query. */
export function dependsOnTimes(node: Expression): boolean {
  switch (node.kind) {
    case "selector":
      return dependsOnQuery(node.offsetExpression);
    case "range":
      return dependsOnQuery(node.rangeExpression) || dependsOnTimes(node.selector);
    case "subquery":
      return (
        [node.rangeExpression, node.stepExpression, node.offsetExpression].some(dependsOnQuery) ||
        dependsOnTimes(node.expression)
      );
    case "call":
      return node.name === "info" || valueOfQuery(node.name) !== undefined || node.args.some(dependsOnTimes);
    default:
      return partsOf(node).some(dependsOnTimes);
  }
}

/** The tree with the values of a query. The second argument of `info` becomes the selector of the info series. */
export function resolved(node: Expression, times: QueryTimes, refuse: Refuse): Expression {
  const visit = (part: Expression): Expression => resolved(part, times, refuse);
  const millis = (
    known: number,
    expression: DurationExpression | undefined,
    isSigned: boolean = false,
  ): number =>
    expression !== undefined && dependsOnQuery(expression)
      ? durationMillis(expression, times, { isSigned, remedy: "write another duration", refuse })
      : known;
  const offset = ({ offsetMillis, offsetExpression }: TimeShift): Pick<TimeShift, "offsetMillis"> => ({
    offsetMillis: millis(offsetMillis, offsetExpression, true),
  });
  const selector = (each: Selector): Selector => ({ ...each, ...offset(each) });
  switch (node.kind) {
    case "selector":
      return selector(node);
    case "range":
      return {
        ...node,
        rangeMillis: millis(node.rangeMillis, node.rangeExpression),
        selector: selector(node.selector),
      };
    case "subquery": {
      const { stepMillis, stepExpression } = node;
      return {
        ...node,
        ...offset(node),
        expression: visit(node.expression),
        rangeMillis: millis(node.rangeMillis, node.rangeExpression),
        stepMillis: stepMillis === undefined ? undefined : millis(stepMillis, stepExpression),
      };
    }
    case "call": {
      const value = valueOfQuery(node.name)?.(times);
      const { start, end, args } = node;
      if (value !== undefined)
        return {
          kind: "number",
          type: "scalar",
          value,
          isDuration: false,
          start,
          end,
        } satisfies NumberLiteral;
      const [first, second] = args;
      if (node.name !== "info" || first === undefined) return withParts(node, visit);
      const argument = visit(first);
      return { ...node, args: [argument, infoSelector(argument, second)] };
    }
    default:
      return withParts(node, visit);
  }
}

/**
 * The tree with the durations of a query at one time, whatever the time is. It is the same tree if they do not depend on the
 * query, or are invalid.
 */
export function resolvedAtOneTime(node: Expression): Expression {
  if (!dependsOnTimes(node)) return node;
  const refuse: Refuse = (problem) => new QueryError("bad_data", problem);
  try {
    return resolved(node, { start: 0, end: 0, stepMillis: 0 }, refuse);
  } catch {
    return node;
  }
}

// The functions `start`, `end`, `range` and `step`, in seconds.
function valueOfQuery(name: string): ((times: QueryTimes) => number) | undefined {
  switch (name) {
    case "start":
      return ({ start }) => start / 1_000;
    case "end":
      return ({ end }) => end / 1_000;
    case "range":
      return ({ start, end }) => (end - start) / 1_000;
    case "step":
      return ({ start, end, stepMillis }) => (start === end ? 0 : stepMillis / 1_000);
    default:
      return undefined;
  }
}
