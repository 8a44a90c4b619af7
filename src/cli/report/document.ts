// What a report tells: as JSON, and what texts are made of.
import type { Attributes } from "@opentelemetry/api";

/** A range, in ISO 8601. */
export interface ReportRange {
  readonly from: string;
  readonly to: string;
}

/** How a command was used. */
export interface CommandUsage {
  readonly command: string;
  readonly executions: number;
  readonly failures: number;
  /** From 0 to 1. */
  readonly successRate: number;
  readonly meanSeconds: number | null;
  readonly p95Seconds: number | null;
  /** Executions in each of so many equal parts of the range. */
  readonly course: readonly number[];
}

/** How long something took. */
export interface SlowSeries {
  readonly metric: string;
  readonly attributes: Attributes;
  readonly count: number;
  readonly meanSeconds: number;
  readonly p95Seconds: number;
}

/** What took longer than in the range before. */
export interface SlowerSeries {
  readonly metric: string;
  readonly attributes: Attributes;
  /** Medians of the means of short steps. */
  readonly beforeSeconds: number;
  readonly afterSeconds: number;
  /** Cliff's delta: 1 where all is slower than all before. */
  readonly effect: number;
  /** How probable such a difference is by chance. */
  readonly pValue: number;
}

/** What reaches its bound. */
export interface CapacityForecast {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number;
  readonly threshold: number;
  /** `possible`, of what was given a bound alone: it may as well never get there. */
  readonly outcome: "reached" | "expected" | "possible";
  /** When, and between which times, in ISO 8601; of what is beyond it throughout, when the range begins. */
  readonly at: string;
  readonly earliest: string | null;
  readonly latest: string | null;
}

/** A report. */
export interface Report {
  readonly store: string;
  readonly range: ReportRange;
  /** The range before, which is as long. */
  readonly before: ReportRange;
  readonly commands: readonly CommandUsage[];
  readonly slowest: readonly SlowSeries[];
  readonly slower: readonly SlowerSeries[];
  readonly forecasts: readonly CapacityForecast[];
  /** What was looked at, so that an empty list says something. */
  readonly examined: { readonly durations: number; readonly shares: number };
}

/** A range in seconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The range before, which is as long. */
export function spanBefore({ from, to }: Span): Span {
  return { from: from - (to - from), to: from };
}
