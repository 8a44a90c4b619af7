// The changes that are listed for a metric, strongest first.
import type { Correlated } from "./correlated.ts";
import { familyOf, isDerived } from "./metric-family.ts";
import type { SeriesChange, WindowChanges } from "./window-changes.ts";

/** Limit of the usual variation: changes above it are listed. See bench/anomalies/correlation.js for its error rates. */
export const LIMIT = 4.5;
// Further series of one metric count less, so that one metric does not fill the list.
const FURTHER = 0.8;

export interface Ranking {
  readonly correlated: readonly Correlated[];
  /** Time from which leads count, in Unix milliseconds. */
  readonly atMillis: number;
}

/**
 * The series that changed in the window beside the metrics.
 *
 * @param otherwiseMillis time from which leads count if the metrics themselves did not change.
 */
export function ranked(
  { changes }: WindowChanges,
  metrics: readonly string[],
  maxResults: number,
  otherwiseMillis: number,
): Ranking {
  const families = new Set(metrics.map((metric) => familyOf(metric)));
  const isOwn = ({ metric }: SeriesChange): boolean => isDerived(metric, families);
  const own = changes.find((change) => change.score > LIMIT && isOwn(change));
  const onsetMillis = own?.onsetMillis ?? otherwiseMillis;
  const seen = new Map<string, number>();
  const candidates: { readonly change: SeriesChange; readonly weight: number }[] = [];
  for (const change of changes) {
    if (change.score <= LIMIT) break;
    if (isOwn(change)) continue;
    const family = familyOf(change.metric);
    const count = seen.get(family) ?? 0;
    seen.set(family, count + 1);
    candidates.push({ change, weight: change.score * FURTHER ** count });
  }
  const correlated = candidates
    .toSorted((left, right) => right.weight - left.weight)
    .slice(0, maxResults)
    .map(({ change }) => correlatedFrom(change, onsetMillis));
  return { correlated, atMillis: onsetMillis };
}

function correlatedFrom(change: SeriesChange, onsetMillis: number): Correlated {
  const { metric, labels, score, direction, factor } = change;
  return {
    metric,
    labels,
    strength: 1 - LIMIT / score,
    direction,
    factor,
    leadSeconds: (onsetMillis - change.onsetMillis) / 1_000,
  };
}
