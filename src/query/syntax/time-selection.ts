// Ranges, subqueries, `offset` and `@` applied to the expression before them.
import type { Expression, Range, Selector, Subquery, TimeShift } from "../expression.ts";
import type { Refuse } from "./typed-nodes.ts";

/** The part in brackets. */
export type BracketRange =
  | { readonly isSubquery: false; readonly rangeMillis: number }
  | {
      readonly isSubquery: true;
      readonly rangeMillis: number;
      readonly stepMillis: number | undefined;
    };

/** A checked `x[5m]` or `x[1h:5m]`. `position` is that of the bracket. */
export function subqueryOrRange(
  expression: Expression,
  range: BracketRange,
  position: number,
  end: number,
  refuse: Refuse,
): Range | Subquery {
  const { start } = expression;
  const { rangeMillis } = range;
  if (range.isSubquery) {
    if (expression.type !== "vector") {
      throw refuse(
        `a subquery needs an instant vector, got a ${expression.type === "matrix" ? "range vector" : expression.type}`,
        "write it after an instant vector: rate(x[5m])[1h:5m]",
        position,
      );
    }
    const { stepMillis } = range;
    const shift = { offsetMillis: 0, at: undefined };
    return { kind: "subquery", type: "matrix", expression, rangeMillis, stepMillis, ...shift, start, end };
  }
  if (expression.kind !== "selector") {
    throw refuse("a range needs a selector before it", "write [5m:] for a subquery", position);
  }
  if (expression.offsetMillis !== 0 || typeof expression.at === "number") {
    const modifier = expression.offsetMillis === 0 ? "@" : "offset";
    throw refuse(`${modifier} stands before the range`, `write ${modifier} after the range`, position);
  }
  return { kind: "range", type: "matrix", selector: expression, rangeMillis, start, end };
}

/** A modifier after an expression. */
export type Modifier =
  | { readonly kind: "offset"; readonly millis: number }
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
  { offsetMillis, at }: TimeShift,
  modifier: Modifier,
  position: number,
  refuse: Refuse,
): TimeShift {
  if (modifier.kind === "offset") {
    if (offsetMillis === 0) return { offsetMillis: modifier.millis, at };
    throw refuse("offset is written twice", "remove one of them", position);
  }
  if (at === undefined) return { offsetMillis, at: modifier.at };
  throw refuse("@ is written twice", "remove one of them", position);
}
