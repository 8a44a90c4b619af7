// Exact increases, which are not extrapolated.
import type { Call, Expression, Selector } from "./expression.ts";
import { partsOf, unwrapped, withParts } from "./syntax/tree-parts.ts";

/**
 * Time before a range in which sources without starts look for the last sample. Memory knows starts since this time before
 * its first collection.
 */
export const EXACT_LOOKBACK_MILLIS = 300_000;

/** Rise of a counter between two samples. A falling value means that it restarted at 0. */
export function riseBetween(before: number, after: number): number {
  return after < before ? after : after - before;
}

/** Index of the last sample before another one, from `least` on. Stale markers do not count. */
export function baselineOf(index: number, least: number, stale: Uint8Array | undefined): number {
  let at = Math.max(index - 1, least);
  while (at > least && stale?.[at] === 1) at--;
  return at;
}

/** Marks each `increase` and `rate` of a selector as exact. Those of subqueries are left, whose values were not recorded. */
export function exactTree(node: Expression): Expression {
  const own = withParts(node, exactTree);
  return own.kind === "call" && selectorOfRise(own) !== undefined ? { ...own, isExact: true } : own;
}

/** The selectors of exact increases. */
export function exactSelectorsOf(node: Expression): ReadonlySet<Selector> {
  const found = new Set<Selector>();
  const visit = (each: Expression): void => {
    const selector = each.kind === "call" && each.isExact === true ? selectorOfRise(each) : undefined;
    if (selector !== undefined) found.add(selector);
    for (const part of partsOf(each)) visit(part);
  };
  visit(node);
  return found;
}

function selectorOfRise({ name, args: [first] }: Call): Selector | undefined {
  if (first === undefined || (name !== "increase" && name !== "rate")) return undefined;
  const range = unwrapped(first);
  return range.kind === "range" && range.selector.extension === undefined ? range.selector : undefined;
}
