// Steps of charts, and windows of rates.
import type { History, RemoteHistory } from "../../history/index.ts";
import { collectionInterval } from "../collection-interval.ts";
import { evaluated } from "../query/expression.ts";
import { formatDuration } from "../texts.ts";
import type { Span } from "./span.ts";

/** Steps of an evaluation. */
export interface ChartSteps {
  readonly span: Span;
  /** Seconds between two values. */
  readonly step: number;
  /** Window of rates, in seconds. */
  readonly window: number;
  /** Window of the figures of the whole range, in seconds. It may begin before there is data. */
  readonly whole: number;
}

const STEPS = 160;
const DEFAULT_INTERVAL_SECONDS = 60;
// Collections in a window: one may be missing, and a rate needs two.
const COLLECTIONS = 4;

/**
 * The part of a range that has data.
 *
 * @param selector of metrics, whose first values a remote server is asked for. Without it, the whole range counts.
 */
export async function spanOfData(
  history: History | RemoteHistory,
  { from, to }: Span,
  selector?: string,
): Promise<Span | undefined> {
  const { oldest = from, newest = to } =
    "queryRange" in history
      ? { oldest: selector === undefined ? undefined : await firstTime(history, { from, to }, selector) }
      : await history.usage();
  const span = { from: Math.max(from, Math.floor(oldest)), to: Math.min(to, Math.ceil(newest)) };
  return span.from < span.to ? span : undefined;
}

// By the steps of the range, and by those of the first step with data.
async function firstTime(history: RemoteHistory, { from, to }: Span, selector: string): Promise<number> {
  let start = from;
  let end = to;
  for (let round = 0; round < 2; round++) {
    const step = Math.max(1, Math.ceil((end - start) / STEPS));
    const text = `count(last_over_time(${selector}[${formatDuration(step)}]))`;
    const asked = { kind: "range", format: "json", text, from: start, to: end + step, step } as const;
    const result = await evaluated(history, asked);
    const first = result.kind === "matrix" ? result.series[0]?.times[0] : undefined;
    if (first === undefined) return start;
    end = Math.min(to, first);
    start = Math.max(from, first - step);
  }
  return start;
}

/** Steps for the data in a range, the last one at its end. `metric` is the name of any metric with values at its end. */
export async function stepsFor(
  history: History | RemoteHistory,
  span: Span,
  metric: string,
  range: Span,
): Promise<ChartSteps> {
  const step = Math.max(1, Math.ceil((span.to - span.from) / STEPS));
  const from = span.to - Math.ceil((span.to - span.from) / step) * step;
  const interval = (await collectionInterval(history, span, metric)) ?? DEFAULT_INTERVAL_SECONDS;
  const window = Math.ceil(Math.max(step, COLLECTIONS * interval));
  return { span: { from, to: span.to }, step, window, whole: wholeSeconds(history, span, range) };
}

/** The window of a whole range. Servers other than Tachymeter count the time before the data too. */
export function wholeSeconds(history: History | RemoteHistory, span: Span, range: Span): number {
  return Math.ceil(span.to - ("queryRange" in history ? span : range).from);
}
