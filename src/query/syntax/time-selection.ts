// Ranges, subqueries, `offset` and `@` applied to the expression before them.
import type { Expression, Range, Selector, Subquery, TimeShift } from "../expression.ts";
import type { ReadDuration } from "./duration.ts";
import type { Refuse } from "./refuse.ts";

/** The part in brackets. */
export interface BracketRange {
  readonly isSubquery: boolean;
  readonly range: ReadDuration;
  /** `undefined` for a range, and if it was omitted. */
  readonly step: ReadDuration | undefined;
}

/** A checked `x[5m]` or `x[1h:5m]`. `position` is that of the bracket. */
export function subqueryOrRange(
  expression: Expression,
  { isSubquery, range, step }: BracketRange,
  position: number,
  end: number,
  refuse: Refuse,
): Range | Subquery {
  const { start } = expression;
  const lengths = {
    rangeMillis: range.millis,
    ...(range.expression && { rangeExpression: range.expression }),
  };
  if (isSubquery) {
    if (expression.type !== "vector") {
      throw refuse(
        `a subquery needs an instant vector, got a ${expression.type === "matrix" ? "range vector" : expression.type}`,
        "write it after an instant vector: rate(x[5m])[1h:5m]",
        position,
      );
    }
    const steps = { stepMillis: step?.millis, ...(step?.expression && { stepExpression: step.expression }) };
    const shift = { offsetMillis: 0, at: undefined };
    return { kind: "subquery", type: "matrix", expression, ...lengths, ...steps, ...shift, start, end };
  }
  if (expression.kind !== "selector") {
    throw refuse("a range needs a selector before it", "write [5m:] for a subquery", position);
  }
  const isShifted = expression.offsetMillis !== 0 || expression.offsetExpression !== undefined;
  if (isShifted || typeof expression.at === "number") {
    const modifier = isShifted ? "offset" : "@";
    throw refuse(`${modifier} stands before the range`, `write ${modifier} after the range`, position);
  }
  return { kind: "range", type: "matrix", selector: expression, ...lengths, start, end };
}

/** The expression with `anchored` or `smoothed`. `position` is that of the modifier. */
export function extended(
  expression: Expression,
  extension: NonNullable<Selector["extension"]>,
  position: number,
  end: number,
  refuse: Refuse,
): Selector | Range {
  const selector = expression.kind === "range" ? expression.selector : expression;
  if (selector.kind !== "selector")
    throw refuse(
      `${extension} needs a selector or its range before it`,
      `write ${extension} after the range: rate(x[5m] ${extension})`,
      position,
    );
  if (selector.extension !== undefined && selector.extension !== extension)
    throw refuse("anchored and smoothed cannot be combined", "remove one of them", position);
  const changed = { ...selector, extension };
  return expression.kind === "range" ? { ...expression, selector: changed, end } : { ...changed, end };
}

/** A modifier after an expression. */
export type Modifier =
  | { readonly kind: "offset"; readonly duration: ReadDuration }
  | { readonly kind: "at"; readonly at: NonNullable<TimeShift["at"]> };

/** The expression with a modifier. `position` is that of the modifier. */
export function shifted(
  expression: Expression,
  modifier: Modifier,
  position: number,
  end: number,
  refuse: Refuse,
): Selector | Range | Subquery {
  switch (expression.kind) {
    case "selector":
    case "subquery":
      return { ...expression, ...shiftOf(expression, modifier, position, refuse), end };
    case "range": {
      const shift = shiftOf(expression.selector, modifier, position, refuse);
      return { ...expression, selector: { ...expression.selector, ...shift }, end };
    }
    default: {
      const name = modifier.kind === "offset" ? "offset" : "@";
      throw refuse(
        `${name} needs a selector or a subquery before it`,
        `write ${name} after the selector: rate(x[5m] ${name === "@" ? "@ end()" : "offset 1h"})`,
        position,
      );
    }
  }
}

function shiftOf(
  { offsetMillis, offsetExpression, at }: TimeShift,
  modifier: Modifier,
  position: number,
  refuse: Refuse,
): TimeShift {
  if (modifier.kind === "offset") {
    const { millis, expression } = modifier.duration;
    if (offsetMillis === 0 && offsetExpression === undefined)
      return { offsetMillis: millis, ...(expression && { offsetExpression: expression }), at };
    throw refuse("offset is written twice", "remove one of them", position);
  }
  if (at === undefined)
    return { offsetMillis, ...(offsetExpression && { offsetExpression }), at: modifier.at };
  throw refuse("@ is written twice", "remove one of them", position);
}
