// The changes that are listed for a metric, strongest first: those above a limit, or else the closest to it.
import type { Correlated } from "./correlated.ts";
import { distributionOf, familyOf, isAside, isOwn } from "./metric-family.ts";
import type { SeriesChange } from "./series-change.ts";
import type { WindowChanges } from "./window-changes.ts";

// Changes above the limit are listed. One or two of 10,000 quiet series exceed the limit of 500 series. So the list is empty in
// more than 90 of 100 windows. Ten times as many series exceed a limit lower by TENFOLD. Chosen by bench/anomalies/correlation.js.
const LIMIT_OF_500 = 5.3;
const TENFOLD = 1.4;
const SMALLEST_LIMIT = 4;
// If no change exceeds the limit, those above this part of it are listed as weak. Chosen by bench/anomalies/correlation-power.js.
const WEAK = 0.55;
const MAX_WEAK = 3;
// A weak change exceeds, by this factor, the change that a share REST of the series exceed. With few series, the fourth one.
const STANDS_OUT = 1.3;
const REST = 0.04;
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
  const own = changes.find(({ score, metric }) => score > limit && isOwn(metric, families));
  const onsetMillis = own?.onsetMillis ?? otherwiseMillis;
  const others = changes.filter(({ metric }) => !isOwn(metric, families) && !isAside(metric));
  const clear = strongest(others, limit);
  const listed = clear.length > 0 ? clear : strongest(others, weakLimitOf(changes, limit)).slice(0, MAX_WEAK);
  const correlated = listed.slice(0, maxResults).map((change) => correlatedFrom(change, limit, onsetMillis));
  return { correlated, atMillis: onsetMillis };
}

/** The changes above a limit, strongest first. */
function strongest(changes: readonly SeriesChange[], limit: number): readonly SeriesChange[] {
  const seen = new Map<string, number>();
  const distributions = new Set<string>();
  const candidates: { readonly change: SeriesChange; readonly weight: number }[] = [];
  for (const change of changes) {
    if (change.score <= limit) break;
    // One distribution is listed once, by its strongest statistic.
    const distribution = JSON.stringify([distributionOf(change.metric), change.labels]);
    if (distributions.has(distribution)) continue;
    distributions.add(distribution);
    const family = familyOf(change.metric);
    const count = seen.get(family) ?? 0;
    seen.set(family, count + 1);
    candidates.push({ change, weight: change.score * FURTHER ** count });
  }
  return candidates.toSorted((left, right) => right.weight - left.weight).map(({ change }) => change);
}

// No series stands out if all are restless.
function weakLimitOf(changes: readonly SeriesChange[], limit: number): number {
  const rest = changes[Math.max(MAX_WEAK, Math.floor(REST * changes.length))];
  return Math.max(WEAK * limit, STANDS_OUT * (rest?.score ?? 0));
}

function correlatedFrom(change: SeriesChange, limit: number, onsetMillis: number): Correlated {
  const { metric, labels, score, direction, factor } = change;
  return {
    metric,
    labels,
    isWeak: score <= limit,
    strength: 1 - limit / score,
    direction,
    factor,
    leadSeconds: (onsetMillis - change.onsetMillis) / 1_000,
  };
}
