// The changes that are listed for a metric, strongest first.
import type { Correlated } from "./correlated.ts";
import { distributionOf, familyOf, isDerived } from "./metric-family.ts";
import type { SeriesChange } from "./series-change.ts";
import type { WindowChanges } from "./window-changes.ts";

// Changes above the limit are listed. One or two of 10,000 quiet series exceed the limit of 500 series. So the list is empty in
// more than 90 of 100 windows. Ten times as many series exceed a limit lower by TENFOLD. Chosen by bench/anomalies/correlation.js.
const LIMIT_OF_500 = 5.3;
const TENFOLD = 1.4;
const SMALLEST_LIMIT = 4;
// Further series of one metric count less, so that one metric does not fill the list.
const FURTHER = 0.8;

export interface Ranking {
  readonly correlated: readonly Correlated[];
  /** Time from which leads count, in Unix milliseconds. */
  readonly atMillis: number;
}

/** The limit of the usual variation for a number of series: the more are compared, the more exceed a limit by chance. */
function limitFor(series: number): number {
  return Math.max(SMALLEST_LIMIT, LIMIT_OF_500 + TENFOLD * Math.log10(series / 500));
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
  const limit = limitFor(changes.length);
  const isOwn = ({ metric }: SeriesChange): boolean => isDerived(metric, families);
  const own = changes.find((change) => change.score > limit && isOwn(change));
  const onsetMillis = own?.onsetMillis ?? otherwiseMillis;
  const seen = new Map<string, number>();
  const distributions = new Set<string>();
  const candidates: { readonly change: SeriesChange; readonly weight: number }[] = [];
  for (const change of changes) {
    if (change.score <= limit) break;
    if (isOwn(change)) continue;
    // One distribution is listed once, by its strongest statistic.
    const distribution = JSON.stringify([distributionOf(change.metric), change.labels]);
    if (distributions.has(distribution)) continue;
    distributions.add(distribution);
    const family = familyOf(change.metric);
    const count = seen.get(family) ?? 0;
    seen.set(family, count + 1);
    candidates.push({ change, weight: change.score * FURTHER ** count });
  }
  const correlated = candidates
    .toSorted((left, right) => right.weight - left.weight)
    .slice(0, maxResults)
    .map(({ change }) => correlatedFrom(change, limit, onsetMillis));
  return { correlated, atMillis: onsetMillis };
}

function correlatedFrom(change: SeriesChange, limit: number, onsetMillis: number): Correlated {
  const { metric, labels, score, direction, factor } = change;
  return {
    metric,
    labels,
    strength: 1 - limit / score,
    direction,
    factor,
    leadSeconds: (onsetMillis - change.onsetMillis) / 1_000,
  };
}
