// Range of the command `anomalies`, and its watched series.
import type { WatchedSeries } from "../../anomalies/index.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import { durationFrom, timeFrom, UsageError, type WordArguments } from "../arguments.ts";

/** Times in seconds since the epoch, and the distance of values in seconds. */
export interface AnomalyRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

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
  return { from, to, step: durationFrom("step", given.text("step")) ?? usual };
}

/** The watched series of a history in a range; a file has nothing before its oldest sample. */
export async function* watchedOf(
  history: History | RemoteHistory,
  range: AnomalyRange,
  signal: AbortSignal,
): AsyncGenerator<WatchedSeries> {
  const { expressionsFor, watchedSeries } = await import("../../anomalies/index.ts");
  const expressions = expressionsFor(await metricsOf(history), STEPS_OF_WINDOW * range.step);
  const { oldest = range.from } = "metadata" in history ? await history.usage() : {};
  const from = range.from + Math.max(0, Math.ceil((oldest - range.from) / range.step)) * range.step;
  if (from <= range.to) yield* watchedSeries(history, expressions, { ...range, from, signal });
}

async function metricsOf(
  history: History | RemoteHistory,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  if ("metadata" in history) return history.metadata();
  const found = [];
  for await (const metric of history.metrics()) found.push(metric);
  return found;
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
