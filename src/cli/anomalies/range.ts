// Range of the command `anomalies`, and its watched series.
import type { WatchedSeries } from "../../anomalies/parts.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import { collectionInterval } from "../collection-interval.ts";
import { durationFrom, timeFrom, UsageError, type WordArguments } from "../arguments.ts";

/** Times in seconds since the epoch, the distance of values in seconds if it was given, and the series. */
export interface AnomalyRange {
  readonly from: number;
  readonly to: number;
  readonly step: number | undefined;
  /** Selectors in PromQL. They replace the metrics that are examined by default. */
  readonly selectors: readonly string[];
  readonly maxSeries: number;
}

const DEFAULT_SERIES = 500;
const MAX_SERIES = 10_000;
const WEEK_SECONDS = 7 * 86_400;
const MIN_STEP_SECONDS = 60;
const DEFAULT_VALUES = 10_000;
// A rate requires two samples, also if one is missing.
const STEPS_OF_WINDOW = 4;
// A sample may be late.
const INTERVALS_OF_LOOKBACK = 1.5;
const MIN_LOOKBACK_SECONDS = 300;
// Metrics whose samples show the interval.
const MAX_METRICS = 10;

/** @throws UsageError if an argument is invalid */
export function rangeFrom(given: WordArguments): AnomalyRange {
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - WEEK_SECONDS;
  if (from >= to) throw new UsageError("anomalies: --from must be before --to");
  const selectors = given.list("series");
  const maxSeries = maxSeriesFrom(given.text("max-series"));
  return { from, to, step: durationFrom("step", given.text("step")), selectors, maxSeries };
}

function maxSeriesFrom(text: string | undefined): number {
  const count = text === undefined ? DEFAULT_SERIES : Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_SERIES) return count;
  throw new UsageError(
    `anomalies: --max-series must be a whole number from 1 to ${MAX_SERIES}, got "${text}"`,
  );
}

/** The watched series of a history in a range; a file has nothing before its oldest sample. */
export async function* watchedOf(
  history: History | RemoteHistory,
  range: AnomalyRange,
  signal: AbortSignal,
): AsyncGenerator<WatchedSeries> {
  const { expressionsFor, selectedMetrics, selectorFrom, watchedSeries } =
    await import("../../anomalies/parts.ts");
  const selectors = range.selectors.map((text) => {
    const selector = selectorFrom(text);
    if (selector === undefined) throw new UsageError(selectorProblem(text));
    return selector;
  });
  // The range of the data of a remote server is unknown.
  const { oldest = -Infinity, newest = Infinity } = "queryRange" in history ? {} : await history.usage();
  const span = { from: Math.max(range.from, oldest), to: Math.min(range.to, newest) };
  if (span.from >= span.to) return;
  const { sampleSourceOf } = await import("../../history/parts.ts");
  const source = sampleSourceOf(history);
  const metadata = await source.catalogue().metadata();
  const watched = {
    selected: await selectedMetrics(source, selectors, {
      from: span.from * 1_000,
      to: span.to * 1_000,
      signal,
    }),
    withDefaults: selectors.length === 0,
  };
  const metrics = new Set(expressionsFor(metadata, 1, watched).map(({ metric }) => metric));
  if (metrics.size === 0) return;
  const interval = (await collectionInterval(history, span, selectorOf([...metrics]))) ?? MIN_STEP_SECONDS;
  const usual = Math.max(
    MIN_STEP_SECONDS,
    Math.round(interval),
    Math.ceil((range.to - range.from) / DEFAULT_VALUES),
  );
  const step = range.step ?? usual;
  const window = STEPS_OF_WINDOW * Math.max(step, interval);
  // At the beginning of the data a window is filled in part, and its rate is too low.
  const begin = Math.max(range.from, oldest + window);
  const from = range.from + Math.ceil((begin - range.from) / step) * step;
  const lookback = Math.max(MIN_LOOKBACK_SECONDS, INTERVALS_OF_LOOKBACK * interval);
  const expressions = expressionsFor(metadata, window, watched);
  if (from <= range.to)
    yield* watchedSeries(history, expressions, { ...range, from, step, lookback, signal });
}

function selectorOf(metrics: readonly string[]): string {
  const names = metrics
    .slice(0, MAX_METRICS)
    .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return `{__name__=~${JSON.stringify(`(${names.join("|")})(_count)?`)}}`;
}

function selectorProblem(text: string): string {
  return `anomalies: --series must be a selector of PromQL, such as 'orders_total{region="eu"}', got '${text}'`;
}

/** ISO 8601 without fractions of a second. */
export function isoFrom(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
}

/** Name and labels of a series, with the kind of its values. */
export function seriesName({ metric, kind, labels }: WatchedSeries): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [kind === "value" ? metric : `${kind} of ${metric}`, ...pairs].join(" ");
}
