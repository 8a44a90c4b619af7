// Range of the command `anomalies`, and its watched series.
import type { WatchedSeries } from "../../anomalies/index.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import { durationFrom, timeFrom, UsageError, type WordArguments } from "../arguments.ts";

/** Times in seconds since the epoch, the distance of values in seconds, and the series. */
export interface AnomalyRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
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

/** @throws UsageError if an argument is invalid */
export function rangeFrom(given: WordArguments): AnomalyRange {
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - WEEK_SECONDS;
  if (from >= to) throw new UsageError("anomalies: --from must be before --to");
  const usual = Math.max(MIN_STEP_SECONDS, Math.ceil((to - from) / DEFAULT_VALUES));
  const selectors = given.list("series");
  const maxSeries = maxSeriesFrom(given.text("max-series"));
  return { from, to, step: durationFrom("step", given.text("step")) ?? usual, selectors, maxSeries };
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
    await import("../../anomalies/index.ts");
  const selectors = range.selectors.map((text) => {
    const selector = selectorFrom(text);
    if (selector === undefined) throw new UsageError(selectorProblem(text));
    return selector;
  });
  const times = { from: range.from * 1_000, to: range.to * 1_000, signal };
  const expressions = expressionsFor(await history.metadata(), STEPS_OF_WINDOW * range.step, {
    selected: await selectedMetrics(history, selectors, times),
    withDefaults: selectors.length === 0,
  });
  const { oldest = range.from } = "queryRange" in history ? {} : await history.usage();
  const from = range.from + Math.max(0, Math.ceil((oldest - range.from) / range.step)) * range.step;
  if (from <= range.to) yield* watchedSeries(history, expressions, { ...range, from, signal });
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
