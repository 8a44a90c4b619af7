import { nextTurn } from "../../io/yield.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Expression, Selector } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { CapableSource, SeriesInMemory, WindowedSeries } from "../capable-source.ts";
import type { Matcher, SampleSeries, Selection } from "../source.ts";
import type { Windows } from "../windows.ts";
import { atOf, type Pieces, type Work } from "./evaluation.ts";
import { sizeOf } from "./frame.ts";
import { LoadedSeries } from "./loaded-series.ts";
import type { Needed } from "./needed-windows.ts";

// Series between two looks at the clock.
const SERIES_OF_A_PIECE = 32;
const SLICE_MILLIS = 0.5;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Times that each selector needs, in Unix milliseconds, both included. */
export function spansOf(
  expression: Expression,
  query: Span,
  lookbackMillis: number,
): ReadonlyMap<Selector, Span> {
  const spans = new Map<Selector, Span>();
  const add = (selector: Selector, { start, end }: Span, millis: number): void => {
    const at = atOf(selector, query);
    const from = (at ?? start) - selector.offsetMillis - millis + 1;
    const to = (at ?? end) - selector.offsetMillis;
    const known = spans.get(selector) ?? { start: from, end: to };
    spans.set(selector, { start: Math.min(known.start, from), end: Math.max(known.end, to) });
  };
  const visit = (node: Expression, span: Span): void => {
    switch (node.kind) {
      case "number":
      case "string":
        return;
      case "selector":
        return add(node, span, lookbackMillis);
      case "range":
        return add(node.selector, span, node.rangeMillis);
      case "subquery": {
        const at = atOf(node, query);
        const end = (at ?? span.end) - node.offsetMillis;
        const start = (at ?? span.start) - node.offsetMillis - node.rangeMillis;
        return visit(node.expression, { start, end });
      }
      case "call":
        for (const arg of node.args) visit(arg, span);
        return;
      case "aggregation":
        if (node.parameter !== undefined) visit(node.parameter, span);
        return visit(node.expression, span);
      case "binary":
        visit(node.left, span);
        return visit(node.right, span);
      case "unary":
      case "parentheses":
        return visit(node.expression, span);
      default:
        node satisfies never;
    }
  };
  visit(expression, query);
  return spans;
}

/** Series by the selector that needs them. */
export type Loaded = ReadonlyMap<Selector, readonly LoadedSeries[]>;

/** A selection, and the selectors that need it. */
export interface Wanted extends Span {
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
    if (known === undefined) found.set(key, { matchers, start, end, needed: own, selectors: [selector] });
    else known.selectors.push(selector);
  }
  return [...found.values()];
}

/** Loads the series of all selections, or their values in windows. */
export async function load(
  wanted: readonly Wanted[],
  source: CapableSource,
  work: Work,
  signal: AbortSignal,
): Promise<Loaded> {
  const loaded = new Map<Selector, readonly LoadedSeries[]>();
  let samples = 0;
  let sliceStart = performance.now();
  for (const { matchers, start, end, needed, selectors } of wanted) {
    if (performance.now() - sliceStart >= SLICE_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
    // The caller has its error already.
    if (signal.aborted) break;
    const series = await select({ matchers, from: start, to: end, signal }, needed, source, (more) =>
      work.reserve((samples += more)),
    );
    for (const selector of selectors) loaded.set(selector, series);
  }
  return loaded;
}

/** Selections from memory. */
export interface SelectedInMemory {
  readonly wanted: readonly Wanted[];
  /** Those of `wanted`, in the same order. */
  readonly selections: readonly Selection[];
  readonly series: SeriesInMemory;
}

/** Loads as {@link load}, from memory. */
export function* loadInMemory({ wanted, selections, series }: SelectedInMemory, work: Work): Pieces<Loaded> {
  const loaded = new Map<Selector, readonly LoadedSeries[]>();
  let samples = 0;
  for (const [i, { selectors }] of wanted.entries()) {
    const own: LoadedSeries[] = [];
    for (const each of yield* series.select(selections[i]!)) {
      work.reserve((samples += sizeOfSamples(each)));
      own.push(new LoadedSeries(each));
      if (work.spend(20)) yield;
    }
    for (const selector of selectors) loaded.set(selector, own);
    if (work.spend(400)) yield;
  }
  return loaded;
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
