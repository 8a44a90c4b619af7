// What goes between the thread that owns the store and the main one.
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Attributes } from "@opentelemetry/api";
import type { MetricTotals, TotalsRequest } from "../query/totals/totals.ts";
import type { EncodedCollection } from "../encoded-collection.ts";
import type { QueryResult } from "../query/points.ts";
import type { Where } from "../question.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type { EventFilter, StoredEvent, StoredMetric, StoreOptions, StoreUsage } from "../store/stored.ts";
import type { PackedEvents, PackedSamples } from "./packed.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly options: ThreadOptions;
  readonly work: SharedWork;
}

/** To the thread. */
export interface RequestMessage {
  readonly id: number;
  readonly request: Request;
  /** Not 0 any more once nobody waits for the answer. */
  readonly cancelled?: Int32Array;
  /** For those who wait without a promise: {@link DONE} or {@link FAILED} once it is over. */
  readonly outcome?: Int32Array;
}

/** What an outcome is set to. */
export const DONE = 1;
/** What an outcome is set to where the request failed. */
export const FAILED = 2;

/** Tells who waits without a promise how it went. */
export function tell(outcome: Int32Array, how: number): void {
  Atomics.store(outcome, 0, how);
  Atomics.notify(outcome, 0);
}

/** From the thread. */
export type ThreadMessage =
  | { readonly kind: "open" }
  | { readonly kind: "refused"; readonly error: SentError }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly value: Answered<RequestKind> }
  | { readonly kind: "failure"; readonly id: number; readonly error: SentError };

/** An error on its way between threads, which takes its class away. */
interface SentError {
  readonly message: string;
  readonly code: string | undefined;
}

/** An error as it is sent. One that is not ours says neither which store it is about nor what to do. */
export function sentError(error: unknown, path: string): SentError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = errorMessage(error);
  if (code.startsWith("TACHYMETER_")) return { message, code };
  return {
    message: `history "${path}": it cannot be used (${message}); see whether the file is a whole store and its disk has room`,
    code: undefined,
  };
}

/** Thrown where the history's store could not do what it was asked. */
export class HistoryStoreError extends Error {
  override readonly name = "HistoryStoreError";
  /** `TACHYMETER_…`: what kind of failure it is. */
  readonly code: string;

  constructor({
    message,
    code = "TACHYMETER_HISTORY_STORE",
  }: Partial<SentError> & Pick<SentError, "message">) {
    super(message);
    this.code = code;
  }
}

/** By the kind of a request: what it takes, and what is answered. */
interface Requests {
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
type Given<Kind extends RequestKind> = Requests[Kind]["given"];

/** What a request is answered. */
export type Answered<Kind extends RequestKind> = Requests[Kind]["answer"];

/** A request of any kind. */
export type Request = {
  readonly [Kind in RequestKind]: { readonly kind: Kind; readonly given: Given<Kind> };
}[RequestKind];

/** What the thread's store is opened with. */
export type ThreadOptions = Omit<StoreOptions, "isEnding" | "now" | "warn">;

/** Shared by both: whether no more work may be begun, and whether there is work under way. */
export type SharedWork = Int32Array;

const IS_ENDING = 0;
const IS_BUSY = 1;

/** Work that may be begun. */
export function sharedWork(): SharedWork {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether no more work may be begun. */
export function isEnding(shared: SharedWork): boolean {
  return Atomics.load(shared, IS_ENDING) !== 0;
}

/**
 * Does work, unless the process is ending.
 *
 * @param isLast whether it is to be done even then, since somebody waits for it.
 */
export function doWork(shared: SharedWork, work: () => void, isLast = false): void {
  // First this, then the look: so either we see that it ends, or who ends it sees us.
  Atomics.store(shared, IS_BUSY, 1);
  try {
    if (isLast || !isEnding(shared)) work();
  } finally {
    Atomics.store(shared, IS_BUSY, 0);
    Atomics.notify(shared, IS_BUSY);
  }
}

/**
 * Lets no more work begin, and waits for what is under way. Node.js ends its threads wherever they are; amid a call of
 * `@photostructure/sqlite` 1.2 that aborts the process, whatever its exit code should have been.
 */
export function endWork(shared: SharedWork, timeoutMillis: number): void {
  Atomics.store(shared, IS_ENDING, 1);
  Atomics.wait(shared, IS_BUSY, 1, timeoutMillis);
}
