// Messages between the main thread and the thread of the store.
import { errorMessage, ownErrorCode } from "../../diagnostics/error-message.ts";
import type { Attributes } from "@opentelemetry/api";
import type { MetricTotals, TotalsRequest } from "../query/totals.ts";
import type { LevelChange } from "../analysis/level-changes.ts";
import type { JointModel } from "../models/joint-model.ts";
import type { TrainingRange, Untrained } from "../models/training.ts";
import type { WindowModel } from "../models/window-model.ts";
import type { EncodedCollection } from "../encoded-collection.ts";
import type { Pause } from "../../query/from-zero.ts";
import type { PackedAnswer } from "../query/points.ts";
import type { Where } from "../question.ts";
import type { PackedLabels, PackedSelection } from "../select/packed-series.ts";
import type { SentSelection } from "../select/select.ts";
import type { OwnProcess } from "../select/stored-view.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import type {
  EventFilter,
  LatestFilter,
  StoredEvent,
  StoredMetric,
  StoredModel,
  StoreOptions,
  StoreUsage,
} from "../store/stored.ts";
import type { PackedEvents, PackedSamples } from "./packed.ts";

export interface ThreadData {
  readonly options: ThreadOptions;
  readonly work: SharedWork;
}

export interface RequestMessage {
  readonly id: number;
  readonly request: Request;
  /** Not 0 if the request was aborted. */
  readonly cancelled?: Int32Array;
  /** Set to {@link DONE} or {@link FAILED}, for callers that block. */
  readonly outcome?: Int32Array;
}

export const DONE = 1;
export const FAILED = 2;

/** Reports an outcome to a blocked caller. */
export function tell(outcome: Int32Array, how: number): void {
  Atomics.store(outcome, 0, how);
  Atomics.notify(outcome, 0);
}

export type ThreadMessage =
  | { readonly kind: "open" }
  | { readonly kind: "refused"; readonly error: SentError }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly value: Answered<RequestKind> }
  | { readonly kind: "failure"; readonly id: number; readonly error: SentError };

/** Messages between threads lose the class of an error. */
interface SentError {
  readonly message: string;
  readonly code: string | undefined;
}

/** Adds the path of the store and a remedy to errors without a code of this library. */
export function sentError(error: unknown, path: string): SentError {
  const code = ownErrorCode(error);
  const message = errorMessage(error);
  if (code !== undefined) return { message, code };
  return {
    message: `history "${path}" cannot be used (${message}); check that the file is an undamaged store and that the disk has space`,
    code: undefined,
  };
}

/** An operation of the history's store failed. */
export class HistoryStoreError extends Error {
  /** Always `HistoryStoreError`. */
  override readonly name = "HistoryStoreError";
  /** The kind of failure, `TACHYMETER_…`. */
  readonly code: string;

  constructor(message: string, code = "TACHYMETER_HISTORY_STORE") {
    super(message);
    this.code = code;
  }
}

/** Parameter and result of each kind of request. */
interface Requests {
  readonly append: { readonly given: EncodedCollection; readonly answer: void };
  readonly appendSamples: { readonly given: PackedSamples; readonly answer: void };
  readonly appendEvents: { readonly given: PackedEvents; readonly answer: readonly string[] };
  readonly query: { readonly given: ResolvedQuestion; readonly answer: PackedAnswer };
  readonly select: { readonly given: readonly SentSelection[]; readonly answer: readonly PackedSelection[] };
  readonly selectLabels: { readonly given: SentSelection; readonly answer: PackedLabels };
  readonly pauses: { readonly given: OwnProcess | undefined; readonly answer: readonly Pause[] };
  readonly totals: { readonly given: TotalsRequest; readonly answer: readonly MetricTotals[] };
  readonly metrics: { readonly given: undefined; readonly answer: readonly StoredMetric[] };
  /** The attributes of all series of metrics with this name, each distinct set once. */
  readonly series: {
    readonly given: { readonly metric: string; readonly where: Where };
    readonly answer: readonly Attributes[];
  };
  readonly events: { readonly given: EventFilter; readonly answer: readonly StoredEvent[] };
  /** Time of the oldest point of a question's series; infinite without points. */
  readonly oldest: { readonly given: ResolvedQuestion; readonly answer: number };
  readonly latestEvents: { readonly given: LatestFilter; readonly answer: readonly StoredEvent[] };
  readonly usage: { readonly given: undefined; readonly answer: StoreUsage };
  readonly levelChanges: { readonly given: Float64Array; readonly answer: readonly LevelChange[] };
  readonly trainWindow: {
    readonly given: { readonly values: Float64Array; readonly range: TrainingRange };
    readonly answer: WindowModel | Untrained;
  };
  readonly trainJoint: {
    readonly given: { readonly columns: readonly Float64Array[]; readonly range: TrainingRange };
    readonly answer: JointModel | Untrained;
  };
  readonly models: { readonly given: undefined; readonly answer: readonly StoredModel[] };
  /** Removes the model if there is no document. */
  readonly putModel: {
    readonly given: { readonly name: string; readonly document: string | undefined };
    readonly answer: void;
  };
  readonly maintain: { readonly given: undefined; readonly answer: void };
  /** Writes data from memory to the disk now. Whether none is left in memory. */
  readonly recover: { readonly given: undefined; readonly answer: boolean };
}

export type RequestKind = keyof Requests;

type Given<Kind extends RequestKind> = Requests[Kind]["given"];

export type Answered<Kind extends RequestKind> = Requests[Kind]["answer"];

export type Request = {
  readonly [Kind in RequestKind]: { readonly kind: Kind; readonly given: Given<Kind> };
}[RequestKind];

/** Options of the store in the thread. */
export type ThreadOptions = Omit<StoreOptions, "isEnding" | "now" | "warn">;

/** Flags: whether work may start, whether work is in progress, and whether the main thread blocks until data is stored. */
export type SharedWork = Int32Array;

const IS_ENDING = 0;
const IS_BUSY = 1;
const IS_AWAITED = 2;

export function sharedWork(): SharedWork {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

export function isEnding(shared: SharedWork): boolean {
  return Atomics.load(shared, IS_ENDING) !== 0;
}

/** Whether the main thread blocks until data is stored, so that other work must stop soon. */
export function isAwaited(shared: SharedWork): boolean {
  return Atomics.load(shared, IS_AWAITED) !== 0;
}

export function setAwaited(shared: SharedWork, isSet: boolean): void {
  Atomics.store(shared, IS_AWAITED, isSet ? 1 : 0);
}

/** Does work, unless the process is ending. With `isLast` it is done even then. */
export function doWork(shared: SharedWork, work: () => void, isLast = false): void {
  // Set before the check, so that {@link endWork} sees it.
  Atomics.store(shared, IS_BUSY, 1);
  try {
    if (isLast || !isEnding(shared)) work();
  } finally {
    Atomics.store(shared, IS_BUSY, 0);
    Atomics.notify(shared, IS_BUSY);
  }
}

/**
 * Prevents new work and waits for current work. Exiting during a call of `@photostructure/sqlite` 1.2 would abort the
 * process.
 */
export function endWork(shared: SharedWork, timeoutMillis: number): void {
  Atomics.store(shared, IS_ENDING, 1);
  Atomics.wait(shared, IS_BUSY, 1, timeoutMillis);
}
