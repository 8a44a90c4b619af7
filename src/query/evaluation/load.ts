import { errorMessage } from "../../diagnostics/error-message.ts";
import { EXACT_LOOKBACK_MILLIS } from "../exact.ts";
import type { Selector } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { Reading } from "../reading.ts";
import { readOne, type SampleSource } from "../sample-source.ts";
import type { Labels, Matcher, SampleSeries } from "../source.ts";
import type { WindowedSeries } from "../windowed-series.ts";
import type { Windows } from "../windows.ts";
import type { Loaded, Pieces, Work } from "./evaluation.ts";
import { sizeOf } from "./frame.ts";
import { LabelSet, labelSetInMemory } from "./label-set.ts";
import { LoadedSeries } from "./loaded-series.ts";
import type { Needed } from "./needed-windows.ts";
import type { Shortcuts } from "./shortcuts.ts";
import type { Span } from "./spans.ts";

/** Samples that selectors need. */
interface WantedSamples extends Span {
  readonly matchers: readonly Matcher[];
  /** Windows that are needed; `undefined` for one from the start to the end. */
  readonly needed: Needed | undefined;
  /** Whether exact increases need them. */
  readonly isExact: boolean;
}

/** A selection, and the selectors that need it. */
export interface Wanted extends WantedSamples {
  readonly key: string;
  readonly selectors: readonly Selector[];
}

/** The selections of all selectors. Selectors that agree share one. */
export function wantedBy(
  spans: ReadonlyMap<Selector, Span>,
  needed: ReadonlyMap<Selector, Needed>,
  exact: ReadonlySet<Selector>,
): readonly Wanted[] {
  const found = new Map<string, Wanted & { readonly selectors: Selector[] }>();
  for (const [selector, { start, end }] of spans) {
    const isExact = exact.has(selector);
    const wanted = { matchers: selector.matchers, start, end, needed: needed.get(selector), isExact };
    const key = keyOf(wanted);
    const known = found.get(key);
    if (known === undefined) found.set(key, { ...wanted, key, selectors: [selector] });
    else known.selectors.push(selector);
  }
  return [...found.values()];
}

/** Limits of the work, and the work that is saved. */
export interface Saving {
  readonly work: Work;
  readonly shortcuts: Shortcuts | undefined;
  readonly isFromZero?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Selections of an expression, by which series are loaded when they are needed: the result may be clear without them. */
export class LoadedSelections implements Loaded {
  readonly #source: SampleSource;
  readonly #wanted: readonly Wanted[];
  readonly #later: number;
  readonly #earliest: number;
  readonly #saving: Saving;
  readonly #loaded = new Map<Selector, readonly LoadedSeries[]>();
  #samples = 0;

  /** @param later time that is added to those of `wanted`. */
  constructor(source: SampleSource, wanted: readonly Wanted[], later: number, saving: Saving) {
    this.#source = source;
    this.#wanted = wanted;
    this.#later = later;
    this.#earliest = earliestOf(wanted) + later;
    this.#saving = saving;
  }

  *of(selector: Selector): Pieces<readonly LoadedSeries[]> {
    const known = this.#loaded.get(selector);
    if (known !== undefined) return known;
    const wanted = this.#wanted.find(({ selectors }) => selectors.includes(selector));
    if (wanted === undefined) return [];
    const { shortcuts } = this.#saving;
    // Wanted selections may be those at time 0.
    const key = `${wanted.end + this.#later} ${wanted.key}`;
    const series = shortcuts?.knownSeries(key) ?? (yield* this.#load(wanted));
    shortcuts?.keepSeries(key, wanted.selectors, series);
    for (const other of wanted.selectors) this.#loaded.set(other, series);
    return series;
  }

  *#load(wanted: Wanted): Pieces<readonly LoadedSeries[]> {
    const { isFromZero, signal } = this.#saving;
    const source = this.#source;
    // Not by spreading objects, which would take longer than a small rule (bench: rules of alerts).
    const { matchers, isExact } = wanted;
    const earliest = this.#earliest;
    const before = isExact && !source.knowsStarts ? EXACT_LOOKBACK_MILLIS : 0;
    const [from, to] = [wanted.start + this.#later - before, wanted.end + this.#later];
    const operation = wanted.needed?.operation;
    const windows = wanted.needed && windowsLater(wanted.needed.windows, this.#later);
    try {
      if (source.windows !== undefined && windows !== undefined && operation !== undefined) {
        const all = { matchers, from, to, isFromZero, isExact, signal, earliest, windows, operation };
        const selection = isExact ? { ...all, needed: { ...windows, until: to } } : all;
        return yield* this.#read(source.windows(selection), (series, isInMemory) =>
          computedSeries(series, windows, isInMemory),
        );
      }
      const needed = windows && { ...windows, until: to };
      const selection = { matchers, from, to, needed, isFromZero, isExact, signal, earliest };
      return yield* this.#read(readOne(source, selection), plainSeries);
    } catch (error) {
      if (error instanceof QueryError || signal?.aborted === true) throw error;
      throw new QueryError("internal", `expanding series: ${errorMessage(error)}`, undefined, {
        cause: error,
      });
    }
  }

  *#read<Item>(
    reading: Reading<Item>,
    loadedFrom: (item: Item, isInMemory: boolean) => LoadedSeries,
  ): Pieces<readonly LoadedSeries[]> {
    const { work } = this.#saving;
    const loaded: LoadedSeries[] = [];
    let isInMemory = true;
    for (const step of reading) {
      if (step === undefined || step instanceof Promise) {
        isInMemory &&= step === undefined;
        yield step;
        continue;
      }
      for (const item of step) {
        const series = loadedFrom(item, isInMemory);
        const computed = series.computed?.values.length ?? 0;
        work.reserveLoaded((this.#samples += computed + sizeOfSamples(series.raw)));
        loaded.push(series);
        if (work.spend(20)) yield;
      }
    }
    if (work.spend(400)) yield;
    return loaded;
  }
}

/** Start of the first of several selections. Exact ones also need the last samples before it. */
export function earliestOf(wanted: readonly Wanted[]): number {
  return wanted.reduce(
    (earliest, { start, isExact }) => Math.min(earliest, start - (isExact ? EXACT_LOOKBACK_MILLIS : 0)),
    Infinity,
  );
}

/** Equal for equal samples alone. */
export function keyOf({ matchers, start, end, needed, isExact }: WantedSamples): string {
  return JSON.stringify([matchers, start, end, needed, isExact]);
}

/** The same samples at a later time. */
export function movedBy(
  { matchers, start, end, needed, isExact }: WantedSamples,
  millis: number,
): WantedSamples {
  return {
    matchers,
    isExact,
    start: start + millis,
    end: end + millis,
    needed: needed && { ...needed, windows: windowsLater(needed.windows, millis) },
  };
}

function windowsLater(windows: Windows, millis: number): Windows {
  return { ...windows, firstEnd: windows.firstEnd + millis };
}

function plainSeries(series: SampleSeries, isInMemory: boolean): LoadedSeries {
  return new LoadedSeries(series, undefined, labelSetOf(series, isInMemory));
}

function computedSeries(series: WindowedSeries, windows: Windows, isInMemory: boolean): LoadedSeries {
  const { labels, values, cells, samples } = series;
  const computed = values.length === 0 ? undefined : { windows, values, cells };
  const raw = samples ?? { labels, times: NO_NUMBERS, values: NO_NUMBERS };
  return new LoadedSeries(raw, computed, labelSetOf(series, isInMemory));
}

// Series in memory have the same labels each time.
function labelSetOf({ labels }: { readonly labels: Labels }, isInMemory: boolean): LabelSet {
  return isInMemory ? labelSetInMemory(labels) : new LabelSet(labels);
}

const NO_NUMBERS = new Float64Array();

function sizeOfSamples({ times, histograms }: SampleSeries): number {
  if (histograms === undefined) return times.length;
  return histograms.reduce(
    (size, histogram) => (histogram === undefined ? size : size + sizeOf(histogram)),
    times.length,
  );
}
