// Forecasts of when metrics reach their limits.
import type { HistorySource, KnownMetric, SeriesForecast } from "../../history/index.ts";
import type { CapacityForecast } from "./document.ts";
import type { Span } from "./span.ts";

const YEAR_SECONDS = 365 * 86_400;
// For shares split by state, only the used part can fill up; free or waiting parts cannot.
const PARTS = /\.(?:state|mode)$|_(?:state|mode)$/;

/** A metric and its limit. */
export interface Limit {
  readonly metric: string;
  readonly threshold: number;
}

/** Metrics at or above their limit, or expected to reach it within a year; the earliest first. */
export async function capacityForecasts(
  history: HistorySource,
  shares: readonly KnownMetric[],
  limits: readonly Limit[],
  { from, to }: Span,
): Promise<readonly CapacityForecast[]> {
  const ofShares = shares.map(({ name }) => ({ metric: name, threshold: 1, isAskedFor: false }));
  const all = [...limits.map((limit) => ({ ...limit, isAskedFor: true })), ...ofShares];
  const found: CapacityForecast[] = [];
  for (const { metric, threshold, isAskedFor } of all) {
    const { unit, series } = await history.forecast({ metric, from, to }, threshold);
    for (const each of series) {
      const when = each.value >= threshold ? beyond(each, threshold) : ahead(each, to, isAskedFor);
      const { attributes, value } = each;
      if (when !== undefined && isUsed(each))
        found.push({ metric, unit, attributes, value, threshold, ...when });
    }
  }
  return found.toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

type When = Pick<CapacityForecast, "outcome" | "at" | "earliest" | "latest">;

// Since the limit was crossed, or since the start of the range.
function beyond({ outcome, at, trend }: SeriesForecast, threshold: number): When {
  const since = outcome === "reached" && at !== undefined && trend.start < threshold ? at : trend.from;
  return { outcome: "reached", at: isoOf(since), earliest: null, latest: null };
}

function ahead(forecast: SeriesForecast, now: number, isAskedFor: boolean): When | undefined {
  const { outcome, at, earliest, latest } = forecast;
  if (at === undefined || at > now + YEAR_SECONDS) return undefined;
  if (outcome !== "expected" && !(isAskedFor && outcome === "possible")) return undefined;
  return { outcome, at: isoOf(at), earliest: isoOrNull(earliest), latest: isoOrNull(latest) };
}

function isUsed({ attributes }: SeriesForecast): boolean {
  return Object.entries(attributes).every(([key, value]) => !PARTS.test(key) || value === "used");
}

function isoOrNull(seconds: number | undefined): string | null {
  return seconds === undefined ? null : isoOf(seconds);
}

// Clamped to the latest time that a `Date` can hold.
function isoOf(seconds: number): string {
  return new Date(Math.min(seconds * 1_000, 8.64e15)).toISOString();
}
