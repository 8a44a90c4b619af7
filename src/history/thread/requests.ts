// What the thread that owns the store is asked to do.
import type { Attributes } from "@opentelemetry/api";
import type { MetricTotals, TotalsRequest } from "../query/totals/totals.ts";
import type { EncodedCollection } from "../encoded-collection.ts";
import type { QueryResult } from "../query/result.ts";
import type { Where } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { StoreOptions } from "../store/options.ts";
import type { EventFilter, StoredEvent, StoredMetric, StoreUsage } from "../store/stored.ts";
import type { PackedEvents, PackedSamples } from "./packed.ts";

/** By the kind of a request: what it takes, and what is answered. */
export interface Requests {
  /** Stores a collection. */
  readonly append: { readonly given: EncodedCollection; readonly answer: void };
  readonly appendSamples: { readonly given: PackedSamples; readonly answer: void };
  readonly appendEvents: { readonly given: PackedEvents; readonly answer: void };
  readonly query: { readonly given: ResolvedQuestion; readonly answer: QueryResult };
  readonly totals: { readonly given: TotalsRequest; readonly answer: readonly MetricTotals[] };
  /** All metrics, by name. */
  readonly metrics: { readonly given: undefined; readonly answer: readonly StoredMetric[] };
  /** The attributes of the series of all metrics of this name, each set once. */
  readonly series: {
    readonly given: { readonly metric: string; readonly where: Where };
    readonly answer: readonly Attributes[];
  };
  readonly events: { readonly given: EventFilter; readonly answer: readonly StoredEvent[] };
  readonly usage: { readonly given: undefined; readonly answer: StoreUsage };
  /** Removes what is too old or too much now. */
  readonly maintain: { readonly given: undefined; readonly answer: void };
}

/** The kinds of requests. */
export type RequestKind = keyof Requests;

/** What a request takes. */
export type Given<Kind extends RequestKind> = Requests[Kind]["given"];

/** What a request is answered. */
export type Answered<Kind extends RequestKind> = Requests[Kind]["answer"];

/** A request of any kind. */
export type Request = {
  readonly [Kind in RequestKind]: { readonly kind: Kind; readonly given: Given<Kind> };
}[RequestKind];

/** What the thread's store is opened with. */
export type ThreadOptions = Omit<StoreOptions, "isEnding" | "now" | "warn">;
