import { nextTurn } from "../../io/yield.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Expression, Selector } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { CapableSource, SeriesInMemory, WindowedSeries } from "../capable-source.ts";
import type { SampleSeries, Selection } from "../source.ts";
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

/** Loads the series of all selectors, or their values in windows. Selectors that agree load them once. */
export async function load(
  spans: ReadonlyMap<Selector, Span>,
  needed: ReadonlyMap<Selector, Needed>,
  source: CapableSource,
  work: Work,
  signal: AbortSignal,
): Promise<Loaded> {
  const loaded = new LoadedSelectors(spans, needed);
  let samples = 0;
  let sliceStart = performance.now();
  for (const [selector, selection] of loaded.missing()) {
    if (performance.now() - sliceStart >= SLICE_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
    // The caller has its error already.
    if (signal.aborted) break;
    const series = await select({ ...selection, signal }, needed.get(selector), source, (more) =>
      work.reserve((samples += more)),
    );
    loaded.set(selector, series);
  }
  return loaded.series;
}

/** Loads as {@link load}, from memory. */
export function* loadInMemory(
  spans: ReadonlyMap<Selector, Span>,
  source: SeriesInMemory,
  work: Work,
): Pieces<Loaded> {
  const loaded = new LoadedSelectors(spans);
  let samples = 0;
  for (const [selector, selection] of loaded.missing()) {
    const series: LoadedSeries[] = [];
    for (const each of yield* source.select(selection)) {
      work.reserve((samples += sizeOfSamples(each)));
      series.push(new LoadedSeries(each));
      if (work.spend(20)) yield;
    }
    loaded.set(selector, series);
    if (work.spend(400)) yield;
  }
  return loaded.series;
}

/** Series by selector. Selectors that agree load them once. */
class LoadedSelectors {
  readonly series = new Map<Selector, readonly LoadedSeries[]>();
  readonly #spans: ReadonlyMap<Selector, Span>;
  readonly #byQuestion = new Map<string, readonly LoadedSeries[]>();

  readonly #needed: ReadonlyMap<Selector, Needed> | undefined;

  constructor(spans: ReadonlyMap<Selector, Span>, needed?: ReadonlyMap<Selector, Needed>) {
    this.#spans = spans;
    this.#needed = needed;
  }

  /** The selectors without a selector before that agrees, with what they select. Each is set before the next. */
  *missing(): Generator<readonly [Selector, Selection], void, undefined> {
    for (const [selector, { start, end }] of this.#spans) {
      const { matchers } = selector;
      const question =
        this.#spans.size === 1 ? "" : JSON.stringify([matchers, start, end, this.#needed?.get(selector)]);
      const known = this.#byQuestion.get(question);
      if (known === undefined) yield [selector, { matchers, from: start, to: end }];
      const series = known ?? this.series.get(selector);
      if (series === undefined) continue;
      this.series.set(selector, series);
      this.#byQuestion.set(question, series);
    }
  }

  set(selector: Selector, series: readonly LoadedSeries[]): void {
    this.series.set(selector, series);
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
