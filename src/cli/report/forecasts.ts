// What will be full, and when.
import type { HistorySource, KnownMetric, SeriesForecast } from "../../history/index.ts";
import type { CapacityForecast } from "./document.ts";
import type { Span } from "./span.ts";

const YEAR_SECONDS = 365 * 86_400;
// Of what is shared out, what is used fills up: what is free, or waits, does not.
const PARTS = /\.(?:state|mode)$|_(?:state|mode)$/;

/** A metric with the value that it should not reach. */
export interface Limit {
  readonly metric: string;
  readonly threshold: number;
}

/** What has reached its bound in the range, or does so within a year if it goes on like this; the next ones first. */
export async function capacityForecasts(
  history: HistorySource,
  shares: readonly KnownMetric[],
  limits: readonly Limit[],
  { from, to }: Span,
): Promise<readonly CapacityForecast[]> {
  const all = [...limits, ...shares.map(({ name }): Limit => ({ metric: name, threshold: 1 }))];
  const found: CapacityForecast[] = [];
  for (const { metric, threshold } of all) {
    const { unit, series } = await history.forecast({ metric, from, to }, threshold);
    for (const each of series) {
      const { attributes, value, outcome, at, earliest, latest } = each;
      if (at === undefined || (outcome !== "reached" && outcome !== "expected")) continue;
      if (at > to + YEAR_SECONDS || !fillsUp(each)) continue;
      const times = { at: isoOf(at), earliest: isoOrNull(earliest), latest: isoOrNull(latest) };
      found.push({ metric, unit, attributes, value, threshold, outcome, ...times });
    }
  }
  return found.toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

function fillsUp({ attributes, trend }: SeriesForecast): boolean {
  return (
    trend.slope > 0 &&
    Object.entries(attributes).every(([key, value]) => !PARTS.test(key) || value === "used")
  );
}

function isoOrNull(seconds: number | undefined): string | null {
  return seconds === undefined ? null : isoOf(seconds);
}

// Times beyond those that a date can hold are as good as none.
function isoOf(seconds: number): string {
  return new Date(Math.min(seconds * 1_000, 8.64e15)).toISOString();
}
