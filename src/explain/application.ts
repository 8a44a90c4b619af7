// An application that can be asked: the running one, one that is asked by its address, or its history.
import type { TelemetryEvent } from "../facades/index.ts";
import type { QueryResult, SampleSeries, Selection } from "../query/index.ts";
import type { CurrentAlert } from "./current-alerts.ts";

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

/** A group of rules, as served by `/api/v1/rules`. */
export type GroupDocument = Readonly<Record<string, unknown>>;

/** An application whose samples, alerts and events can be read. */
export interface Application extends Queried {
  /** As shown to people: without credentials. */
  readonly name: string;
  /** Collects the newest samples if they are not collected elsewhere. Rejects if there is no connection. */
  refresh(signal: AbortSignal): Promise<Clock>;
  /** The alerts; `undefined` if it has none. */
  readonly alerts?: ((signal: AbortSignal) => Promise<readonly CurrentAlert[] | undefined>) | undefined;
  /** The groups of rules. Without it, only the predefined rules are known. */
  readonly rules?: ((signal: AbortSignal) => Promise<readonly GroupDocument[]>) | undefined;
  /** Events from one time to another, the oldest first. */
  readonly events?:
    | ((from: number, to: number, signal: AbortSignal) => AsyncIterable<TelemetryEvent>)
    | undefined;
}
