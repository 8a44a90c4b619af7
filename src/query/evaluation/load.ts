import { nextTurn } from "../../io/yield.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Selector } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { CapableSource, SeriesInMemory, WindowedSeries } from "../capable-source.ts";
import type { Matcher, SampleSeries, Selection } from "../source.ts";
import type { Windows } from "../windows.ts";
import type { Loaded, Pieces, Work } from "./evaluation.ts";
import { sizeOf } from "./frame.ts";
import { labelSetInMemory } from "./label-set.ts";
import { LoadedSeries } from "./loaded-series.ts";
import type { Needed } from "./needed-windows.ts";
import type { Shortcuts } from "./shortcuts.ts";
import type { Span } from "./spans.ts";

// Series between two looks at the clock.
const SERIES_OF_A_PIECE = 32;
const SLICE_MILLIS = 0.5;

/** A selection, and the selectors that need it. */
export interface Wanted extends Span {
  /** Equal for equal selections alone. */
  readonly key: string;
  readonly matchers: readonly Matcher[];
  /** Windows that are needed, if they were given. */
  readonly needed: Needed | undefined;
  readonly selectors: readonly Selector[];
}

/** The selections of all selectors. Selectors that agree share one. */
export function wantedBy(
  spans: ReadonlyMap<Selector, Span>,
  needed?: ReadonlyMap<Selector, Needed>,
): readonly Wanted[] {
  const found = new Map<string, Wanted & { readonly selectors: Selector[] }>();
  for (const [selector, { start, end }] of spans) {
    const { matchers } = selector;
    const own = needed?.get(selector);
    const key = JSON.stringify([matchers, start, end, own]);
    const known = found.get(key);
    if (known === undefined)
      found.set(key, { key, matchers, start, end, needed: own, selectors: [selector] });
    else known.selectors.push(selector);
  }
  return [...found.values()];
}

/** Loads the series of all selections, or their values in windows. */
export async function load(
  wanted: readonly Wanted[],
  source: CapableSource,
  { work, shortcuts, isFromZero }: Saving,
  signal: AbortSignal,
): Promise<Loaded> {
  const loaded = new Map<Selector, readonly LoadedSeries[]>();
  let samples = 0;
  let sliceStart = performance.now();
  for (const { key, matchers, start, end, needed, selectors } of wanted) {
    if (performance.now() - sliceStart >= SLICE_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
    // The caller has its error already.
    if (signal.aborted) break;
    const series =
      shortcuts?.knownSeries(key) ??
      (await select({ matchers, from: start, to: end, isFromZero, signal }, needed, source, (more) =>
        work.reserve((samples += more)),
      ));
    shortcuts?.keepSeries(key, selectors, series);
    for (const selector of selectors) loaded.set(selector, series);
  }
  return {
    // oxlint-disable-next-line require-yield -- all series are loaded.
    *of(selector) {
      return loaded.get(selector) ?? [];
    },
  };
}

/** Limits of the work, and the work that is saved. */
export interface Saving {
  readonly work: Work;
  readonly shortcuts: Shortcuts | undefined;
  readonly isFromZero?: boolean | undefined;
}

/** Selections from memory. */
export interface SelectedInMemory {
  readonly wanted: readonly Wanted[];
  /** Those of `wanted`, in the same order. */
  readonly selections: readonly Selection[];
  readonly series: SeriesInMemory;
}

/** Series in memory. They are loaded when they are needed, since the result may be clear without them. */
export class LoadedFromMemory implements Loaded {
  readonly #selected: SelectedInMemory;
  readonly #saving: Saving;
  readonly #loaded = new Map<Selector, readonly LoadedSeries[]>();
  #samples = 0;

  constructor(inMemory: SelectedInMemory, saving: Saving) {
    this.#selected = inMemory;
    this.#saving = saving;
  }

  *of(selector: Selector): Pieces<readonly LoadedSeries[]> {
    const known = this.#loaded.get(selector);
    if (known !== undefined) return known;
    const { wanted, selections } = this.#selected;
    const i = wanted.findIndex(({ selectors }) => selectors.includes(selector));
    const [each, selection] = [wanted[i], selections[i]];
    if (each === undefined || selection === undefined) return [];
    const { shortcuts } = this.#saving;
    // Wanted selections may be those at time 0.
    const key = `${selection.to} ${each.key}`;
    const series = shortcuts?.knownSeries(key) ?? (yield* this.#load(selection));
    shortcuts?.keepSeries(key, each.selectors, series);
    for (const other of each.selectors) this.#loaded.set(other, series);
    return series;
  }

  *#load(selection: Selection): Pieces<readonly LoadedSeries[]> {
    const { work } = this.#saving;
    const loaded: LoadedSeries[] = [];
    for (const each of yield* this.#selected.series.select(selection)) {
      work.reserve((this.#samples += sizeOfSamples(each)));
      loaded.push(new LoadedSeries(each, undefined, labelSetInMemory(each.labels)));
      if (work.spend(20)) yield;
    }
    if (work.spend(400)) yield;
    return loaded;
  }
}

async function select(
  selection: Selection & { readonly signal: AbortSignal },
  needed: Needed | undefined,
  source: CapableSource,
  count: (samples: number) => void,
): Promise<readonly LoadedSeries[]> {
  const { signal } = selection;
  const found: LoadedSeries[] = [];
  let sliceStart = performance.now();
  try {
    for await (const series of selected(selection, needed, source)) {
      count(series.computed?.values.length ?? 0);
      count(sizeOfSamples(series.raw));
      found.push(series);
      if (signal.aborted) break;
      if (found.length % SERIES_OF_A_PIECE !== 0 || performance.now() - sliceStart < SLICE_MILLIS) continue;
      await nextTurn();
      sliceStart = performance.now();
    }
  } catch (error) {
    if (error instanceof QueryError || signal.aborted) throw error;
    throw new QueryError("internal", `expanding series: ${errorMessage(error)}`, undefined, { cause: error });
  }
  return found;
}

async function* selected(
  selection: Selection,
  needed: Needed | undefined,
  source: CapableSource,
): AsyncGenerator<LoadedSeries> {
  const { windows, operation } = needed ?? {};
  if (source.windows !== undefined && windows !== undefined && operation !== undefined)
    for await (const series of source.windows({ ...selection, windows, operation }))
      yield computedSeries(series, windows);
  else {
    const only = windows === undefined ? {} : { needed: { ...windows, until: selection.to } };
    for await (const series of source.select({ ...selection, ...only })) yield new LoadedSeries(series);
  }
}

function computedSeries({ labels, values, cells, samples }: WindowedSeries, windows: Windows): LoadedSeries {
  const computed = values.length === 0 ? undefined : { windows, values, cells };
  return new LoadedSeries(samples ?? { labels, times: NO_NUMBERS, values: NO_NUMBERS }, computed);
}

const NO_NUMBERS = new Float64Array();

function sizeOfSamples({ times, histograms }: SampleSeries): number {
  if (histograms === undefined) return times.length;
  return histograms.reduce(
    (size, histogram) => (histogram === undefined ? size : size + sizeOf(histogram)),
    times.length,
  );
}
