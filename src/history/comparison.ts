// Comparison of attributes, times and numbers.
import type { Attributes } from "@opentelemetry/api";

/** A key that is equal for equal attributes. */
export function keyOf(attributes: Attributes): string {
  const entries = Object.entries(attributes);
  return JSON.stringify(entries.length < 2 ? entries : entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Groups items with overlapping times. Groups are in order of time, items in order of arrival. */
export function* overlapping<Item extends { readonly from: number; readonly to: number }>(
  byArrival: readonly Item[],
): Generator<readonly Item[]> {
  let group: number[] = [];
  let end = -Infinity;
  const arrived = (): Item[] => group.toSorted((a, b) => a - b).map((i) => byArrival[i]!);
  for (const i of [...byArrival.keys()].toSorted((a, b) => byArrival[a]!.from - byArrival[b]!.from)) {
    const { from, to } = byArrival[i]!;
    if (from > end && group.length > 0) {
      yield arrived();
      group = [];
    }
    group.push(i);
    end = Math.max(end, to);
  }
  if (group.length > 0) yield arrived();
}

/** Whether two lists contain the same numbers. */
export function areEqual(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
