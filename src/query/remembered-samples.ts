// Older samples in memory, for selections that are repeated, as those of rules are.
import { inSlices, Slices } from "../io/yield.ts";
import type { Pieces } from "./evaluation/evaluation.ts";
import { labelsKey } from "./labels-key.ts";
import { filtered, itemsOf, type Reading, readingOf } from "./reading.ts";
import { RollingSeries } from "./rolling-series.ts";
import { readOne, SampleSource } from "./sample-source.ts";
import type { Labels, Matcher, SampleSeries, Selection } from "./source.ts";

/** Samples in memory, from a time on. */
export interface RecentSamples extends SampleSource {
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
// Selections of one request, which the thread of a history makes without a pause.
const BATCH = 16;

/** A selection to load. */
interface Wanted extends Selection {
  readonly key: string;
  /** Time before the last collection that it reaches back to. */
  readonly depthMillis: number;
}

/** The samples of a selection, from a time on. */
interface Entry {
  readonly from: number;
  /** Last time that was selected from the older source. */
  readonly to: number;
  readonly isExact: boolean;
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
 * Remembers the older samples of selections that are repeated, and adds newer ones. A selection that reaches the last
 * collection is loaded again each five minutes, and another one after an hour. They take at most about 16 MB: 1,000,000
 * samples, less about 80 for each series.
 */
export class RememberedSamples extends SampleSource {
  /** The newer samples. */
  readonly recent: RecentSamples;
  readonly #older: () => SampleSource | undefined;
  // Matchers of a rule are the same object each time.
  readonly #keys = new WeakMap<readonly Matcher[], string>();
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Set<string>();
  #loads: Promise<void> = Promise.resolve();

  constructor(recent: RecentSamples, older: () => SampleSource | undefined) {
    super();
    this.recent = recent;
    this.#older = older;
  }

  override get knowsStarts(): boolean {
    return this.recent.knowsStarts;
  }

  /** Whether a selection is in memory. */
  has(selection: Selection): boolean {
    return this.#known(selection) !== undefined;
  }

  /** The selections in memory; the others have no series. */
  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => selected(this.#known(selection), this.recent, selection));
  }

  /**
   * Resolves once the selections are in memory, apart from those that were refused lately. Those that may have changed are
   * loaded again later. Never rejects.
   */
  async load(selections: readonly Selection[]): Promise<void> {
    // Before the first collection, it is not known how far back they reach.
    if (this.#begin === Infinity) return;
    const now = this.recent.lastUnixMillis;
    const lacking = new Map<string, Wanted>();
    const due = new Map<string, Wanted>();
    for (const selection of selections) {
      const key = this.#keyOf(selection, now);
      const entry = this.#entries.get(key);
      const depthMillis = Math.max(
        now - selection.from,
        entry?.depthMillis ?? 0,
        lacking.get(key)?.depthMillis ?? 0,
      );
      if (entry !== undefined) [entry.usedAt, entry.depthMillis] = [now, depthMillis];
      const wanted = { ...selection, key, depthMillis };
      if (entry === undefined || !(entry.isRefused || this.#isEnough(entry, selection)))
        lacking.set(key, wanted);
      else if (isDue(entry, now)) due.set(key, wanted);
    }
    const loaded = lacking.size > 0 ? this.#load(lacking) : undefined;
    void this.#load(due);
    await loaded;
  }

  get #begin(): number {
    return this.recent.catalogue().beginUnixMillis;
  }

  #known(selection: Selection): Entry | undefined {
    if (this.#begin === Infinity || selection.isFromZero === true) return undefined;
    const entry = this.#entries.get(this.#keyOf(selection, this.recent.lastUnixMillis));
    return entry !== undefined && this.#isEnough(entry, selection) ? entry : undefined;
  }

  #isEnough(entry: Entry, { from, to }: Selection): boolean {
    if (entry.isRefused || entry.from > from) return false;
    if (!isContinued(entry)) return to <= entry.to;
    return entry.addedTo === undefined || this.#begin <= entry.addedTo + 1;
  }

  // Selections that end about as long ago share their samples, whatever their ranges.
  #keyOf({ matchers, to, isExact = false }: Selection, now: number): string {
    let key = this.#keys.get(matchers);
    if (key === undefined) this.#keys.set(matchers, (key = JSON.stringify(matchers)));
    return `${Math.round((now - to) / AHEAD_MILLIS)} ${isExact ? "exact " : ""}${key}`;
  }

  // One batch at a time. An error is that of the selection itself, too, which is made as long as nothing is remembered.
  #load(wanted: ReadonlyMap<string, Wanted>): Promise<void> {
    const others = [...wanted.values()].filter(({ key }) => !this.#loading.has(key));
    for (const { key } of others) this.#loading.add(key);
    for (let i = 0; i < others.length; i += BATCH) {
      const batch = others.slice(i, i + BATCH);
      this.#loads = this.#loads
        .then(() => this.#loadBatch(batch))
        .catch(() => {})
        .finally(() => batch.forEach(({ key }) => this.#loading.delete(key)));
    }
    return this.#loads;
  }

  async #loadBatch(batch: readonly Wanted[]): Promise<void> {
    const now = this.recent.lastUnixMillis;
    const selections = batch.map(({ matchers, to, isExact, depthMillis }) => ({
      matchers,
      isExact,
      from: now - depthMillis,
      to: Math.min(to + AHEAD_MILLIS, now),
    }));
    const found = this.#older()?.read(selections);
    for (const [i, selection] of selections.entries())
      await this.#take(batch[i]!.key, selection, found?.[i] ?? readingOf([]), now).catch(() => {});
  }

  async #take(
    key: string,
    { matchers, from, to, isExact = false }: Selection,
    found: Reading<SampleSeries>,
    now: number,
  ): Promise<void> {
    const entry: Entry = {
      from,
      to,
      isExact,
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
    for await (const series of itemsOf(found)) {
      entry.isRefused ||= series.histograms !== undefined;
      if (!entry.isRefused) {
        const own = new RollingSeries(series);
        left -= own.size;
        if (left < 0) entry.isRefused = true;
        else entry.series.set(labelsKey(series.labels), own);
      }
      await slices.next();
    }
    if (this.#begin < Infinity) await inSlices(addNewer(entry, this.recent, matchers));
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

// Samples that are long ago do not change.
function isDue(entry: Entry, now: number): boolean {
  const { loadedAt, isChanging } = entry;
  if (now < loadedAt) return true;
  return isContinued(entry) && now - loadedAt >= (isChanging ? SHORT_REFRESH_MILLIS : REFRESH_MILLIS);
}

function mayChange({ series, addedTo = -Infinity }: Entry): boolean {
  for (const { lastTime } of series.values())
    if (lastTime !== undefined && lastTime < addedTo && lastTime >= addedTo - LOOKBACK_MILLIS) return true;
  return false;
}

function* selected(
  entry: Entry | undefined,
  newer: RecentSamples,
  { matchers, from, to }: Selection,
): Reading<SampleSeries> {
  if (entry === undefined) return;
  yield* addNewer(entry, newer, matchers);
  const { isExact } = entry;
  yield* readingOf(samplesWithin(entry.series.values(), from, to, isExact));
  if (!entry.isRefused) return;
  // Those of a metric that began after the older samples were loaded.
  const selection = { matchers, from, to, isExact };
  yield* filtered(readOne(newer, selection), ({ histograms }) => histograms !== undefined);
}

function* samplesWithin(
  all: Iterable<RollingSeries>,
  from: number,
  to: number,
  isExact: boolean,
): Generator<SampleSeries> {
  for (const series of all) {
    const samples = series.read(from, to, isExact);
    if (samples !== undefined) yield samples;
  }
}

function* addNewer(entry: Entry, newer: RecentSamples, matchers: readonly Matcher[]): Pieces<void> {
  const { series, byLabels, isExact, addedTo = entry.from - 1 } = entry;
  const to = newer.lastUnixMillis;
  if (!isContinued(entry) || addedTo >= to) return;
  for (const step of readOne(newer, { matchers, from: addedTo + 1, to, isExact })) {
    if (step === undefined || step instanceof Promise) {
      yield step;
      continue;
    }
    for (const each of step) {
      if (each.histograms !== undefined) {
        entry.isRefused = true;
        continue;
      }
      const key = byLabels.has(each.labels) ? "" : labelsKey(each.labels);
      const known = byLabels.get(each.labels) ?? series.get(key);
      known?.append(each);
      const own = known ?? new RollingSeries(each);
      if (known === undefined) series.set(key, own);
      byLabels.set(each.labels, own);
    }
    yield;
  }
  entry.addedTo = to;
}
