// Times of which the selectors of an expression need the samples.
import type { Expression, Selector, TimeShift } from "../expression.ts";
import { partsOf } from "../syntax/tree-parts.ts";

/** A range of times in Unix milliseconds, both included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Times that each selector needs. */
export function spansOf(
  expression: Expression,
  query: Span,
  lookbackMillis: number,
): ReadonlyMap<Selector, Span> {
  const spans = new Map<Selector, Span>();
  const add = (selector: Selector, { start, end }: Span, millis: number): void => {
    const at = atOf(selector, query);
    const { before, after } = extensionOf(selector, millis, lookbackMillis);
    const from = (at ?? start) - selector.offsetMillis - before + 1;
    const to = (at ?? end) - selector.offsetMillis + after;
    const known = spans.get(selector) ?? { start: from, end: to };
    spans.set(selector, { start: Math.min(known.start, from), end: Math.max(known.end, to) });
  };
  const visit = (node: Expression, span: Span): void => {
    switch (node.kind) {
      case "selector":
        return add(node, span, lookbackMillis);
      case "range":
        return add(node.selector, span, node.rangeMillis);
      case "subquery": {
        const at = atOf(node, query);
        const end = (at ?? span.end) - node.offsetMillis;
        const start = (at ?? span.start) - node.offsetMillis - node.rangeMillis;
        return visit(node.expression, { start, end });
      }
      default:
        for (const part of partsOf(node)) visit(part, span);
    }
  };
  visit(expression, query);
  return spans;
}

/** Times before and after each time of evaluation that a selector needs, of which `millis` are its range or look-back. */
export function extensionOf(
  { extension }: Selector,
  millis: number,
  lookbackMillis: number,
): { readonly before: number; readonly after: number } {
  if (extension === undefined) return { before: millis, after: 0 };
  return { before: millis + lookbackMillis, after: extension === "smoothed" ? lookbackMillis : 0 };
}

/** All selectors of an expression. */
export function selectorsOf(expression: Expression): readonly Selector[] {
  return [...spansOf(expression, { start: 0, end: 0 }, 0).keys()];
}

/** Time of `@` in Unix milliseconds; `undefined` without it. */
export function atOf({ at }: TimeShift, { start, end }: { start: number; end: number }): number | undefined {
  if (at === "start") return start;
  return at === "end" ? end : at;
}
