// Forecasts of when metrics reach their limits.
import type { History, KnownMetric, RemoteHistory, SeriesForecast } from "../../history/index.ts";
import type { CapacityForecast } from "./document.ts";
import type { Span } from "./span.ts";
import { spanOfData } from "./window.ts";

const YEAR_SECONDS = 365 * 86_400;
// The first minutes of a process have no lasting trend: a share is forecast for this number of times the length of its data.
const LENGTHS_AHEAD = 30;
// For shares split by state, only the used part can fill up; free or waiting parts cannot.
const PARTS = /\.(?:state|mode)$|_(?:state|mode)$/;

/** A metric and its limit. */
export interface Limit {
  readonly metric: string;
  readonly threshold: number;
}

/**
 * Metrics that have reached their limit, or are expected to reach it within a year; the earliest first. A limit below a
 * falling value is a lower one. Series that have ended come last, if they had reached it. For shares, a forecast reaches at
 * most 30 times as far as their data.
 */
export async function capacityForecasts(
  history: History | RemoteHistory,
  shares: readonly KnownMetric[],
  limits: readonly Limit[],
  { from, to }: Span,
): Promise<readonly CapacityForecast[]> {
  const ofShares = shares.map(({ name }) => ({ metric: name, threshold: 1, isAskedFor: false }));
  const all = [...limits.map((limit) => ({ ...limit, isAskedFor: true })), ...ofShares];
  const found: CapacityForecast[] = [];
  const now = (await spanOfData(history, { from, to }))?.to ?? to;
  for (const { metric, threshold, isAskedFor } of all) {
    const { unit, series } = await history.forecast({ metric, from, to }, threshold);
    for (const each of series) {
      const isReached = isAskedFor ? each.outcome === "reached" : each.value >= threshold;
      const end = endOf(each, now);
      const when = isReached ? beyond(each, threshold, end) : end === null && ahead(each, to, isAskedFor);
      const { attributes, value } = each;
      if (when && isUsed(each)) found.push({ metric, unit, attributes, value, threshold, ...when });
    }
  }
  const order = ({ until, at }: CapacityForecast): string => `${until === null ? 0 : 1}${at}`;
  return found.toSorted((one, other) => (order(one) < order(other) ? -1 : 1));
}

type When = Pick<CapacityForecast, "outcome" | "at" | "until" | "earliest" | "latest">;

// Points that may be missing at the end of a series that goes on.
const MISSING_POINTS = 3;

// The time of the last point, if the series ended before the other data.
function endOf({ trend: { from, to, points } }: SeriesForecast, now: number): string | null {
  const step = (to - from) / (points - 1);
  return now - to > MISSING_POINTS * step ? isoOf(to) : null;
}

// Since the limit was crossed, or since the start of the range.
function beyond(
  { outcome, at, trend, value }: SeriesForecast,
  threshold: number,
  until: string | null,
): When {
  const isCrossed =
    outcome === "reached" && at !== undefined && trend.start < threshold === value >= threshold;
  return {
    outcome: "reached",
    at: isoOf(isCrossed ? at : trend.from),
    until,
    earliest: null,
    latest: null,
  };
}

function ahead(forecast: SeriesForecast, now: number, isAskedFor: boolean): When | undefined {
  const { outcome, at, earliest, latest, trend } = forecast;
  const aheadSeconds = isAskedFor
    ? YEAR_SECONDS
    : Math.min(YEAR_SECONDS, LENGTHS_AHEAD * (trend.to - trend.from));
  if (at === undefined || at > now + aheadSeconds) return undefined;
  if (outcome !== "expected" && !(isAskedFor && outcome === "possible")) return undefined;
  return { outcome, at: isoOf(at), until: null, earliest: isoOrNull(earliest), latest: isoOrNull(latest) };
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
