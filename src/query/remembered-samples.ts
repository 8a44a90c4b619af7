// Older samples in memory, for selections that are repeated, as those of rules are.
import { inSlices, Slices } from "../io/yield.ts";
import type { ImmediateSource, SeriesInMemory } from "./capable-source.ts";
import { labelsKey } from "./labels-key.ts";
import { RollingSeries } from "./rolling-series.ts";
import type { Labels, Matcher, SampleSeries, Selection, Source } from "./source.ts";

/** Samples in memory, from a time on. */
export interface RecentSamples extends Source, ImmediateSource {
  /** Whether all samples since a time, in Unix milliseconds, are in memory. */
  reachesBackTo(unixMillis: number): boolean;
  /** Time of the last collection. */
  readonly lastUnixMillis: number;
}

// In samples of two numbers each, so 16 MB.
const MAX_SIZE = 1_000_000;
const REFRESH_MILLIS = 300_000;
// If a series may change in the older source alone: that of another process, or one that may get a stale marker.
const SHORT_REFRESH_MILLIS = 60_000;
const LOOKBACK_MILLIS = 300_000;
const UNUSED_MILLIS = 900_000;
// Selections that end long ago are loaded this far ahead.
const AHEAD_MILLIS = 3_600_000;
// Series between two looks at the clock.
const PIECE = 64;

/** The samples of a selection, from a time on. */
interface Entry {
  readonly from: number;
  /** Last time that was selected from the older source. */
  readonly to: number;
  readonly loadedAt: number;
  readonly series: Map<string, RollingSeries>;
  /** By the labels of newer samples, which are the same objects each time. */
  readonly byLabels: WeakMap<Labels, RollingSeries>;
  /** Time up to which newer samples were added; `undefined` if none were. */
  addedTo: number | undefined;
  isChanging: boolean;
  /** Whether it is not kept in memory: it has histograms, or too many samples. */
  isRefused: boolean;
  usedAt: number;
  /** Longest time before the last collection that was selected since it was loaded. */
  depthMillis: number;
}

/**
 * Remembers the older samples of selections that are repeated, and adds newer ones. A selection is loaded again each five
 * minutes. They take at most about 16 MB: 1,000,000 samples, less about 80 for each series.
 */
export class RememberedSamples {
  /** The newer samples. */
  readonly recent: RecentSamples;
  readonly #older: () => Source | undefined;
  // Matchers of a rule are the same object each time.
  readonly #keys = new WeakMap<readonly Matcher[], string>();
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Set<string>();
  #loads: Promise<void> = Promise.resolve();

  constructor(recent: RecentSamples, older: () => Source | undefined) {
    this.recent = recent;
    this.#older = older;
  }

  /** The selections in memory. `undefined` if one is not remembered; if it is repeated, it is loaded for later calls. */
  inMemory(selections: readonly Selection[]): SeriesInMemory | undefined {
    const newer = this.recent.inMemory(selections);
    if (newer === undefined) return undefined;
    const entries = new Map<Selection, Entry>();
    for (const selection of selections) {
      const entry = this.#entryFor(selection);
      if (entry !== undefined) entries.set(selection, entry);
    }
    if (entries.size < selections.length) return undefined;
    return { select: (selection) => selected(entries.get(selection), newer, selection, this.recent) };
  }

  #entryFor(selection: Selection): Entry | undefined {
    const { matchers, from } = selection;
    const now = this.recent.lastUnixMillis;
    const isRepeated = this.#keys.has(matchers);
    const key = this.#keyOf(selection, now);
    const entry = this.#entries.get(key);
    const isEnough = entry !== undefined && this.#isEnough(entry, selection);
    if (!isRepeated) return isEnough ? entry : undefined;
    if (entry === undefined) this.#load(key, selection, now - from);
    else {
      entry.usedAt = now;
      entry.depthMillis = Math.max(entry.depthMillis, now - from);
      if (isDue(entry, now) || !(isEnough || entry.isRefused)) this.#load(key, selection, entry.depthMillis);
    }
    return isEnough ? entry : undefined;
  }

  #isEnough(entry: Entry, { from, to }: Selection): boolean {
    if (entry.isRefused || entry.from > from) return false;
    if (!isContinued(entry)) return to <= entry.to;
    return entry.addedTo === undefined || this.recent.reachesBackTo(entry.addedTo + 1);
  }

  // Selections that end about as long ago share their samples, whatever their ranges.
  #keyOf({ matchers, to }: Selection, now: number): string {
    let key = this.#keys.get(matchers);
    if (key === undefined) this.#keys.set(matchers, (key = JSON.stringify(matchers)));
    return `${Math.round((now - to) / AHEAD_MILLIS)} ${key}`;
  }

  // One at a time. An error is that of the selection itself, too, which is made as long as nothing is remembered.
  #load(key: string, selection: Selection, depthMillis: number): void {
    if (this.#loading.has(key)) return;
    this.#loading.add(key);
    this.#loads = this.#loads
      .then(() => this.#loadNow(key, selection, depthMillis))
      .catch(() => {})
      .finally(() => void this.#loading.delete(key));
  }

  async #loadNow(key: string, { matchers, to }: Selection, depthMillis: number): Promise<void> {
    const now = this.recent.lastUnixMillis;
    const entry: Entry = {
      from: now - depthMillis,
      to: Math.min(to + AHEAD_MILLIS, now),
      loadedAt: now,
      series: new Map(),
      byLabels: new WeakMap(),
      addedTo: undefined,
      isChanging: false,
      isRefused: false,
      usedAt: this.#entries.get(key)?.usedAt ?? now,
      depthMillis: 0,
    };
    let left = MAX_SIZE - this.#sizeWithout(key, now);
    const slices = new Slices();
    for await (const series of this.#older()?.select({ matchers, from: entry.from, to: entry.to }) ?? []) {
      entry.isRefused ||= series.histograms !== undefined;
      if (!entry.isRefused) {
        const own = new RollingSeries(series);
        left -= own.size;
        if (left < 0) entry.isRefused = true;
        else entry.series.set(labelsKey(series.labels), own);
      }
      await slices.next();
    }
    const newer = this.recent.inMemory([]);
    if (newer !== undefined) await inSlices(addNewer(entry, newer, matchers, this.recent.lastUnixMillis));
    if (entry.isRefused) entry.series.clear();
    entry.isChanging = mayChange(entry);
    this.#entries.set(key, entry);
  }

  // Drops entries that are unused. Returns the size of the others.
  #sizeWithout(key: string, now: number): number {
    let size = 0;
    for (const [other, { series, usedAt }] of this.#entries) {
      if (now - usedAt > UNUSED_MILLIS) this.#entries.delete(other);
      else if (other !== key) for (const each of series.values()) size += each.size;
    }
    return size;
  }
}

// Whether newer samples belong to the selection.
function isContinued({ to, loadedAt }: Entry): boolean {
  return to === loadedAt;
}

function isDue({ loadedAt, isChanging }: Entry, now: number): boolean {
  return now < loadedAt || now - loadedAt >= (isChanging ? SHORT_REFRESH_MILLIS : REFRESH_MILLIS);
}

function mayChange({ series, addedTo = -Infinity }: Entry): boolean {
  for (const { lastTime } of series.values())
    if (lastTime !== undefined && lastTime < addedTo && lastTime >= addedTo - LOOKBACK_MILLIS) return true;
  return false;
}

function* selected(
  entry: Entry | undefined,
  newer: SeriesInMemory,
  { matchers, from, to }: Selection,
  { lastUnixMillis }: RecentSamples,
): Generator<undefined, readonly SampleSeries[], undefined> {
  if (entry === undefined) return [];
  yield* addNewer(entry, newer, matchers, lastUnixMillis);
  const found: SampleSeries[] = [];
  let count = 0;
  for (const series of entry.series.values()) {
    const samples = series.read(from, to);
    if (samples !== undefined) found.push(samples);
    if (++count % PIECE === 0) yield;
  }
  if (!entry.isRefused) return found;
  // Those of a metric that began after the older samples were loaded.
  const others = yield* newer.select({ matchers, from, to });
  return [...found, ...others.filter(({ histograms }) => histograms !== undefined)];
}

function* addNewer(
  entry: Entry,
  newer: SeriesInMemory,
  matchers: readonly Matcher[],
  to: number,
): Generator<undefined, void, undefined> {
  const { series, byLabels, addedTo = entry.from - 1 } = entry;
  if (!isContinued(entry) || addedTo >= to) return;
  let count = 0;
  for (const each of yield* newer.select({ matchers, from: addedTo + 1, to })) {
    if (each.histograms !== undefined) entry.isRefused = true;
    else {
      const key = byLabels.has(each.labels) ? "" : labelsKey(each.labels);
      const known = byLabels.get(each.labels) ?? series.get(key);
      known?.append(each);
      const own = known ?? new RollingSeries(each);
      if (known === undefined) series.set(key, own);
      byLabels.set(each.labels, own);
    }
    if (++count % PIECE === 0) yield;
  }
  entry.addedTo = to;
}
