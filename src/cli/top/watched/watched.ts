// A watched application, store or group.
import type { TelemetryEvent } from "../../../facades/index.ts";
import type { QueryResult, Selection, SampleSeries } from "../../../query/index.ts";
import type { CurrentAlert } from "../../alerts/current-alerts.ts";

/** Times of a query over a range, in seconds since the epoch. */
export interface QueryTimes {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly signal: AbortSignal;
}

/** Samples that expressions are evaluated over. */
export interface Queried {
  /** Evaluates an expression at equally spaced times. */
  queryRange(expression: string, times: QueryTimes): Promise<QueryResult>;
  /** Evaluates an expression at one time. */
  query(
    expression: string,
    options: { readonly time: number; readonly signal: AbortSignal },
  ): Promise<QueryResult>;
  select(selection: Selection): AsyncIterable<SampleSeries>;
}

/** Times in seconds since the epoch. */
export interface Clock {
  /** Time of the clock of the samples. */
  readonly now: number;
  /** End of the shown range: now, or the end of the samples if nothing is recorded any more. */
  readonly end: number;
}

/** A process of a group. */
export interface GroupMember {
  readonly id: string;
  readonly pid: number | undefined;
  /** Time of its last figures. */
  readonly timeUnixMillis: number | undefined;
}

/** Something that `tachymeter top` watches. */
export interface Watched extends Queried {
  /** As shown in the header: without credentials. */
  readonly name: string;
  /** Seconds between two refreshes, by default. */
  readonly interval: number;
  /** Seconds that are shown, by default. */
  readonly range: number;
  /** Whether the first figures need two refreshes, since rates need two samples. */
  readonly isCollected: boolean;
  /** Collects the newest samples if they are not collected elsewhere. Rejects if there is no connection. */
  refresh(signal: AbortSignal): Promise<Clock>;
  /** The alerts; `undefined` if it has none. */
  readonly alerts?: ((signal: AbortSignal) => Promise<readonly CurrentAlert[] | undefined>) | undefined;
  /** Events from one time to another, the oldest first. */
  readonly events?:
    | ((from: number, to: number, signal: AbortSignal) => AsyncIterable<TelemetryEvent>)
    | undefined;
  /** The processes of a group, and their own figures, in which each process is an `instance`. */
  readonly members?: ((signal: AbortSignal) => Promise<Members>) | undefined;
  /** Number of processes, if the samples do not have it. */
  readonly processCount?: (() => number) | undefined;
  /** A lasting problem beside a lost connection, such as unreadable rows. */
  readonly problem?: string | undefined;
  close(): Promise<void>;
}

/** The processes of a group. */
export interface Members {
  readonly members: readonly GroupMember[];
  readonly figures: Queried;
}
