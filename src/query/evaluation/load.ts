import { nextTurn } from "../../io/yield.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Expression, Selector } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { SampleSeries, Source } from "../source.ts";
import { atOf, type Work } from "./evaluation.ts";
import { sizeOf } from "./frame.ts";
import { LoadedSeries } from "./loaded-series.ts";

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

/** Loads the series of all selectors. Selectors that agree load them once. */
export async function load(
  spans: ReadonlyMap<Selector, Span>,
  source: Source,
  work: Work,
  signal: AbortSignal,
): Promise<ReadonlyMap<Selector, readonly LoadedSeries[]>> {
  const loaded = new Map<Selector, readonly LoadedSeries[]>();
  const byQuestion = new Map<string, readonly LoadedSeries[]>();
  let samples = 0;
  let sliceStart = performance.now();
  for (const [selector, { start, end }] of spans) {
    if (performance.now() - sliceStart >= SLICE_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
    // The caller has its error already.
    if (signal.aborted) break;
    const question = JSON.stringify([selector.matchers, start, end]);
    let series = byQuestion.get(question);
    if (series === undefined) {
      series = await select(selector, { start, end }, source, signal, (more) =>
        work.reserve((samples += more)),
      );
      byQuestion.set(question, series);
    }
    loaded.set(selector, series);
  }
  return loaded;
}

async function select(
  { matchers }: Selector,
  { start, end }: Span,
  source: Source,
  signal: AbortSignal,
  count: (samples: number) => void,
): Promise<readonly LoadedSeries[]> {
  const found: LoadedSeries[] = [];
  let sliceStart = performance.now();
  try {
    for await (const samples of source.select({ matchers, from: start, to: end, signal })) {
      count(sizeOfSamples(samples));
      found.push(new LoadedSeries(samples));
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

function sizeOfSamples({ times, histograms = [] }: SampleSeries): number {
  return histograms.reduce(
    (size, histogram) => (histogram === undefined ? size : size + sizeOf(histogram)),
    times.length,
  );
}
