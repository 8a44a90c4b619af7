// The content of a report, written as JSON or rendered as text.
import type { Attributes } from "@opentelemetry/api";
import type { KeyFigure } from "./figures.ts";
import type { Incident } from "./incidents.ts";
import type { ReportChart } from "./panel-charts.ts";

/** A sentence of the summary. */
export interface Finding {
  readonly tone: "bad" | "warn" | "good" | "plain";
  readonly text: string;
}

/** A range, in ISO 8601. */
export interface ReportRange {
  readonly from: string;
  readonly to: string;
}

/** Usage of a command. */
export interface CommandUsage {
  readonly command: string;
  readonly executions: number;
  readonly failures: number;
  /** From 0 to 1. */
  readonly successRate: number;
  readonly meanSeconds: number | null;
  readonly p95Seconds: number | null;
  /** Executions in consecutive parts of the range of equal length. */
  readonly course: readonly number[];
}

/** Operations of a kind that failed, counted. */
export interface FailureCount {
  /** The panel that shows their share. */
  readonly chart: string;
  readonly title: string;
  /** Name of the command; empty for all operations of the kind. */
  readonly of: string;
  readonly failures: number;
  readonly total: number;
}

/** A function that blocked the event loop for longer than the threshold. */
export interface BlockingFunction {
  /** `_other` stands for all further ones. */
  readonly function: string;
  /** `null` if it belongs to no file, such as garbage collection. */
  readonly file: string | null;
  readonly line: number | null;
  /** Sum over all processes. */
  readonly seconds: number;
  /** Its part of the time that all functions blocked, from 0 to 1. */
  readonly share: number;
}

/** Durations of a slow series. */
export interface SlowSeries {
  readonly metric: string;
  readonly attributes: Attributes;
  readonly count: number;
  readonly meanSeconds: number;
  readonly p95Seconds: number;
}

/** A series that is slower than in the previous range. */
export interface SlowerSeries {
  readonly metric: string;
  readonly attributes: Attributes;
  /** Medians of the means per step. */
  readonly beforeSeconds: number;
  readonly afterSeconds: number;
  /** Cliff's delta: 1 if all values are above all previous ones. */
  readonly effect: number;
  /** Probability of such a difference by chance. */
  readonly pValue: number;
}

/** A change of a series' level. */
export interface ReportedChange {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Time of the first point of the new level, in ISO 8601. */
  readonly at: string;
  /** Means before and after, up to the neighbouring changes. A counter has rates per second. */
  readonly before: number;
  readonly after: number;
  /** Probability of such a change anywhere in a series without changes. */
  readonly pValue: number;
}

/** A forecast of when a metric reaches its limit. */
export interface CapacityForecast {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number;
  readonly threshold: number;
  /** `possible` only for explicit limits: it may also never be reached. */
  readonly outcome: "reached" | "expected" | "possible";
  /**
   * Time of reaching the limit, with its bounds, in ISO 8601. The start of the range if the value was always beyond the
   * limit.
   */
  readonly at: string;
  /** Time of the last value, if the series has ended. */
  readonly until: string | null;
  readonly earliest: string | null;
  readonly latest: string | null;
}

/** A table of the page: routes, database operations, queues, calls. */
export interface ReportTable {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly unit: string }[];
  /** The highest rows of each column. */
  readonly rows: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** One per column. */
    readonly values: readonly (number | null)[];
  }[];
  /** Number of rows that are left out. */
  readonly hidden: number;
}

/** A report. */
export interface Report {
  readonly store: string;
  readonly range: ReportRange;
  /** Sentences about the range, the most urgent first. */
  readonly summary: readonly Finding[];
  readonly figures: readonly KeyFigure[];
  readonly tables: readonly ReportTable[];
  readonly charts: readonly ReportChart[];
  readonly incidents: readonly Incident[];
  /** The previous range, of the same length. */
  readonly before: ReportRange;
  readonly commands: readonly CommandUsage[];
  /** Only kinds with failures. */
  readonly failures: readonly FailureCount[];
  readonly blocks: readonly BlockingFunction[];
  readonly slowest: readonly SlowSeries[];
  readonly slower: readonly SlowerSeries[];
  readonly changes: readonly ReportedChange[];
  readonly forecasts: readonly CapacityForecast[];
  /** Numbers of metrics examined, so that an empty list is meaningful. */
  readonly examined: {
    readonly durations: number;
    /** Series of durations in only one of the two ranges, which have no comparison. */
    readonly unmatched: number;
    readonly shares: number;
    readonly changes: number;
  };
}
