// The changes that are listed for a metric, strongest first: those above a limit, or else the closest to it.
import { commonLabels, componentOf } from "./component.ts";
import type { Correlated } from "./correlated.ts";
import { distributionOf, familyOf, isAside, isOwn } from "./metric-family.ts";
import type { SeriesChange } from "./series-change.ts";
import { type Excursion, excursionOf, explainedBy, type Shape } from "./shape.ts";
import { EXCURSION, SMALLEST_LIMIT, type WindowChanges } from "./window-changes.ts";

// Changes above the limit are listed. One or two of 10,000 quiet series exceed the limit of 500 series. So the list is empty in
// more than 90 of 100 windows. Ten times as many series exceed a limit lower by TENFOLD. Chosen by bench/anomalies/correlation.js.
const LIMIT_OF_500 = 5.3;
const TENFOLD = 1.4;
// If no change exceeds the limit, those above this part of it are listed as weak. Chosen by bench/anomalies/correlation-power.js.
const WEAK = 0.55;
const MAX_WEAK = 3;
// A weak change exceeds, by this factor, the change that a share REST of the series exceed. With few series, the fourth one.
const STANDS_OUT = 1.3;
const REST = 0.04;
// A movement that may be over must explain this share of the target's movement.
const MOST = 0.7;
// Series of the metric with which others are compared.
const MAX_TARGETS = 5;
// The weight of a series relative to that of the one behind which it comes.
const BEHIND = 0.99;
// Another series explains as much as one of which it explains this part.
const AS_MUCH = 0.9;
// Further series of one metric count less, so that one metric does not fill the list.
const FURTHER = 0.8;
// A part of the metrics has changed, too, if its change is at least this share of the largest one.
const ALIKE = 1 / 3;
// Largest logarithm of a factor: that of a thousand.
const MAX_LOGARITHM = Math.log(1_000);
const MAX_OWN = 3;
// A change that begins in this part of the window may have begun before it.
const BEGINNING = 0.15;

export interface Ranking {
  readonly correlated: readonly Correlated[];
  /** Series of the metrics themselves that changed clearly, unless all did: the place of the fault. */
  readonly own: readonly Correlated[];
  /** Time from which leads count, in Unix milliseconds. */
  readonly atMillis: number;
  /** Whether a metric changed clearly, and after the beginning of the window. */
  readonly hasBegun: boolean;
}

/** The limit of the usual variation for a number of series: the more are compared, the more exceed a limit by chance. */
function limitFor(series: number): number {
  return Math.max(SMALLEST_LIMIT, LIMIT_OF_500 + TENFOLD * Math.log10(series / 500));
}

/** The callees of each component, by values of labels. */
export type Calls = Readonly<Record<string, readonly string[]>>;

/** Options of {@link ranked}. */
export interface RankingOptions {
  readonly maxResults: number;
  /** Time from which leads count if the metrics themselves did not change, in Unix milliseconds. */
  readonly otherwiseMillis: number;
  readonly calls?: Calls;
}

/**
 * The series that changed in the window beside the metrics. If one of the metrics moved in the window, those come first that moved
 * as it did.
 */
export function ranked(
  window: WindowChanges,
  metrics: readonly string[],
  { maxResults, otherwiseMillis, calls = {} }: RankingOptions,
): Ranking {
  const { changes } = window;
  const families = new Set(metrics.map((metric) => familyOf(metric)));
  const limit = limitFor(changes.length);
  const own = changes.filter(({ metric }) => isOwn(metric, families));
  const targets = targetsOf(own, limit);
  const common = commonLabels(changes.map(({ labels }) => labels));
  const candidates = changes
    .filter(({ metric }) => !isOwn(metric, families) && !isAside(metric, families))
    .map((change) => candidateOf(change, common, limit, targets));
  const lasting = own.find(({ score }) => score > limit);
  const [farthest] = targets;
  const moved = farthest && millisOf(excursionOf(farthest), farthest, window);
  const atMillis = lasting?.onsetMillis ?? moved ?? otherwiseMillis;
  const ordered = behindCallees(behindOthers(candidates), calls);
  const clear = strongest(ordered, 1);
  const listed =
    clear.length > 0 ? clear : strongest(ordered, weakLimitOf(changes, limit)).slice(0, MAX_WEAK);
  const shown = (each: Candidate): Correlated => correlatedFrom(each, window, atMillis);
  const parts = changedParts(own.map((change) => candidateOf(change, common, limit, [])));
  return {
    correlated: listed.slice(0, maxResults).map(shown),
    own: parts.map(shown),
    atMillis,
    hasBegun:
      lasting !== undefined && lasting.onsetMillis > window.from + BEGINNING * (window.to - window.from),
  };
}

// Unless all parts have changed alike.
function changedParts(candidates: readonly Candidate[]): readonly Candidate[] {
  const weighed = candidates
    .map((each) => ({
      ...each,
      weight: each.evidence > 1 ? sizeOf(each.change) * Math.log1p(each.evidence) : 0,
    }))
    .toSorted((left, right) => right.weight - left.weight);
  const parts = firstOfEach(weighed, ({ component }) => component);
  const [first] = parts;
  if (first === undefined) return [];
  const changed = parts.filter(({ weight }) => weight > 0 && weight >= ALIKE * first.weight);
  return changed.length === parts.length ? [] : changed.slice(0, MAX_OWN);
}

function sizeOf({ factor }: SeriesChange): number {
  return Math.min(Math.abs(Math.log(Math.max(factor, 0))), MAX_LOGARITHM);
}

/** The shapes of the metric's own series that moved, the farthest first. */
function targetsOf(own: readonly SeriesChange[], limit: number): readonly Shape[] {
  return own
    .filter(({ score, moved }) => Math.max(score, moved) > limit)
    .toSorted((left, right) => right.moved - left.moved)
    .flatMap(({ shape }) => shape ?? [])
    .slice(0, MAX_TARGETS);
}

function millisOf({ cell }: Excursion, { windowCells }: Shape, { from, to }: WindowChanges): number {
  return from + (cell * (to - from)) / windowCells;
}

/** A change, and what speaks for it. */
interface Candidate {
  readonly change: SeriesChange;
  readonly component: string;
  /** In units of the limit of what is usual. Above 1, the change is clear. */
  readonly evidence: number;
  /** Whether only its movement within the window speaks for it. */
  readonly isExcursion: boolean;
  /** Share of the target's movement that it explains; `undefined` without a target. */
  readonly explains: number | undefined;
  /** By which it is compared with others. */
  readonly weight: number;
}

function candidateOf(
  change: SeriesChange,
  common: ReadonlySet<string>,
  limit: number,
  targets: readonly Shape[],
): Candidate {
  const { metric, labels, score, shape } = change;
  const component = componentOf(familyOf(metric), labels, common);
  const lasting = score / limit;
  if (targets.length === 0)
    return { change, component, evidence: lasting, isExcursion: false, explains: undefined, weight: lasting };
  const isQuiet = Math.max(score, change.moved) <= WEAK * limit;
  const explained = shape === undefined || isQuiet ? [] : targets.map((target) => explainedBy(target, shape));
  const explains = Math.max(0, ...explained.map(({ share }) => share));
  // A short movement at another time is chance.
  const isTogether = explained.some(({ atOnce }) => atOnce >= MOST);
  const moved = isTogether ? change.moved / (EXCURSION * limit) : 0;
  return {
    change,
    component,
    evidence: Math.max(lasting, moved),
    isExcursion: moved > lasting && lasting <= 1,
    explains,
    weight: explains ** 2 * Math.log1p(Math.max(lasting, moved)),
  };
}

// If a metric moved alike for all of several components, the cause is what they share, not one of them. They come behind the others
// that explain as much: calls to all servers take longer if the process has no processor time.
function behindOthers(candidates: readonly Candidate[]): readonly Candidate[] {
  const families = new Map<string, { components: Set<string>; directions: Set<string> }>();
  for (const each of candidates) {
    const family = familyOf(each.change.metric);
    const found = families.get(family) ?? { components: new Set(), directions: new Set() };
    families.set(family, found);
    found.components.add(each.component);
    // One that stays apart is a direction of its own.
    found.directions.add(isExplaining(each) ? each.change.direction : "");
  }
  const isShared = ({ change }: Candidate): boolean => {
    const { components, directions } = families.get(familyOf(change.metric))!;
    return components.size > 1 && directions.size === 1 && !directions.has("");
  };
  const clear = candidates.filter(isExplaining);
  const shared = clear.filter(isShared);
  const most = Math.max(...shared.map(({ explains = 0 }) => explains));
  const others = clear.filter((each) => !isShared(each) && each.explains! >= AS_MUCH * most);
  const weightsOf = (some: readonly Candidate[]): readonly number[] => some.map(({ weight }) => weight);
  const factor = (BEHIND * Math.min(...weightsOf(others))) / Math.max(...weightsOf(shared));
  if (!(factor < 1)) return candidates;
  return candidates.map((each) => (isShared(each) ? { ...each, weight: each.weight * factor } : each));
}

function isExplaining({ evidence, explains = 0 }: Candidate): boolean {
  return evidence > 1 && explains >= MOST;
}

// A caller waits for its callees: it comes behind the first of them that explains the metric as well.
function behindCallees(candidates: readonly Candidate[], calls: Calls): readonly Candidate[] {
  if (Object.keys(calls).length === 0) return candidates;
  const weights = new Map<string, number>();
  for (const { change, weight } of candidates.filter(isExplaining))
    for (const name of Object.values(change.labels))
      weights.set(name, Math.max(weights.get(name) ?? 0, weight));
  const limits = new Map<string, number>();
  const limitOf = (caller: string): number => {
    const known = limits.get(caller);
    if (known !== undefined) return known;
    // Calls may form a circle.
    limits.set(caller, Infinity);
    const callees = Object.hasOwn(calls, caller) ? calls[caller]! : [];
    const behind = callees
      .filter((name) => name !== caller && weights.has(name))
      .map((name) => BEHIND * Math.min(weights.get(name)!, limitOf(name)));
    const limit = behind.length === 0 ? Infinity : Math.max(...behind);
    limits.set(caller, limit);
    return limit;
  };
  return candidates.map((candidate) => ({
    ...candidate,
    weight: Math.min(candidate.weight, ...Object.values(candidate.change.labels).map(limitOf)),
  }));
}

/** The candidates with more evidence than `least`: the strongest of each component by weight, then the others. */
function strongest(candidates: readonly Candidate[], least: number): readonly Candidate[] {
  const byWeight = (left: Candidate, right: Candidate): number => right.weight - left.weight;
  const above = candidates.filter(({ evidence }) => evidence > least).toSorted(byWeight);
  // One distribution is listed once, by its strongest statistic.
  const ordered = firstOfEach(above, ({ change: { metric, labels } }) =>
    JSON.stringify([distributionOf(metric), labels]),
  );
  const firsts = new Set(firstOfEach(ordered, ({ component }) => component));
  const counts = new Map<string, number>();
  const weighed = Array.from(firsts, (candidate) => {
    const family = familyOf(candidate.change.metric);
    const count = counts.get(family) ?? 0;
    counts.set(family, count + 1);
    return { ...candidate, weight: candidate.weight * FURTHER ** count };
  });
  return [...weighed.toSorted(byWeight), ...ordered.filter((each) => !firsts.has(each))];
}

function firstOfEach<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  const firsts = new Map<string, Item>();
  for (const item of items) if (!firsts.has(keyOf(item))) firsts.set(keyOf(item), item);
  return [...firsts.values()];
}

// In units of the limit. No series stands out if all are restless.
function weakLimitOf(changes: readonly SeriesChange[], limit: number): number {
  const rest = changes[Math.max(MAX_WEAK, Math.floor(REST * changes.length))];
  return Math.max(WEAK, (STANDS_OUT * (rest?.score ?? 0)) / limit);
}

function correlatedFrom(
  { change, component, evidence, isExcursion, explains }: Candidate,
  window: WindowChanges,
  atMillis: number,
): Correlated {
  const { metric, labels, shape } = change;
  let { direction, factor, onsetMillis } = change;
  if (isExcursion && shape !== undefined) {
    const excursion = excursionOf(shape);
    ({ direction, factor } = excursion);
    onsetMillis = millisOf(excursion, shape, window);
  }
  return {
    metric,
    labels,
    component,
    isWeak: evidence <= 1,
    strength: 1 - 1 / evidence,
    ...(explains !== undefined && { explains }),
    direction,
    factor,
    leadSeconds: (atMillis - onsetMillis) / 1_000,
  };
}
