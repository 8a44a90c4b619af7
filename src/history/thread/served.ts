// A store that handles messages, in any thread.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Store } from "../store/index.ts";
import {
  type Answered,
  DONE,
  doWork,
  FAILED,
  isAwaited,
  isEnding,
  type Request,
  type RequestKind,
  type RequestMessage,
  sentError,
  type SharedWork,
  tell,
  type ThreadMessage,
  type ThreadOptions,
} from "./message.ts";
import { answer, type ReadStore } from "../query/answer.ts";
import { AskedSeries } from "../query/asked-series.ts";
import { buffersOf } from "../query/points.ts";
import { CancelledError } from "../select/cancelled-error.ts";
import { totals } from "../query/totals.ts";
import { attributesOf } from "../query/matching.ts";
import {
  packedLabels,
  type PackedSelection,
  packedSelection,
  selectionBuffers,
} from "../select/packed-series.ts";
import { unpackedEvents, unpackedSamples } from "./packed.ts";

type Send = (message: ThreadMessage, transfer: readonly ArrayBuffer[]) => void;

const MAINTENANCE_MILLIS = 3_600_000;
// Interval of recovery, also if nothing is recorded.
const RECOVERY_MILLIS = 10_000;

/** A store that handles messages. */
export interface ServedStore {
  /** Never throws. */
  take(message: RequestMessage): void;
  /** Returns a promise if requests are pending. */
  close(): Promise<void> | undefined;
}

/** Returns `undefined` if the store cannot be opened. */
export function serve(options: ThreadOptions, send: Send, work: SharedWork): ServedStore | undefined {
  try {
    const warn = (message: string): void => send({ kind: "warning", message }, []);
    const store = Store.open({ ...options, warn, isEnding: () => isEnding(work) || isAwaited(work) });
    const served = servedStore(store, send, work, options.path);
    send({ kind: "open" }, []);
    return served;
  } catch (error) {
    send({ kind: "refused", error: sentError(error, options.path) }, []);
    return undefined;
  }
}

function servedStore(store: Store, send: Send, work: SharedWork, path: string): ServedStore {
  // Requests that wait for their code, and questions, of which one is evaluated at a time.
  let waiting: Promise<void> | undefined;
  const attempt = (task: () => void): void => {
    try {
      doWork(work, task);
    } catch (error) {
      send({ kind: "warning", message: `"${path}": ${errorMessage(error)}` }, []);
    }
  };
  const maintain = (): void => attempt(() => store.maintain());
  // The first run comes after pending results.
  const timers = [
    setTimeout(() => (waiting === undefined ? maintain() : void waiting.then(maintain)), 0),
    setInterval(maintain, MAINTENANCE_MILLIS),
    setInterval(() => attempt(() => store.recover()), RECOVERY_MILLIS),
  ];
  for (const timer of timers) timer.unref();
  const isAborted = ({ cancelled }: RequestMessage): boolean =>
    isEnding(work) || (cancelled !== undefined && Atomics.load(cancelled, 0) !== 0);
  const isCancelled = (message: RequestMessage): boolean => isAwaited(work) || isAborted(message);
  const fail = ({ id, outcome }: RequestMessage, error: unknown): void => {
    if (outcome === undefined) send({ kind: "failure", id, error: sentError(error, path) }, []);
    else tell(outcome, FAILED);
  };
  const takeNow = (message: RequestMessage, request: AtOnce): void => {
    const { id, outcome } = message;
    const take = (): void => {
      try {
        if (outcome === undefined && isAborted(message)) return;
        const { value, transfer } = reply(store, request, () => isCancelled(message));
        if (outcome === undefined) send({ kind: "answer", id, value }, transfer);
        // The process ends, and its memory with it.
        else tell(outcome, store.recover(true) ? DONE : FAILED);
      } catch (error) {
        fail(message, error);
      }
    };
    doWork(work, take, outcome !== undefined);
  };
  const reading: ReadStore = (read) => {
    const found: ReturnType<typeof read>[] = [];
    doWork(work, () => found.push(store.snapshot(() => read(store))));
    for (const each of found) return each;
    throw new CancelledError();
  };
  // After the requests that wait. The code that only some requests need is loaded with the first of them.
  const takeLater = (message: RequestMessage, replied: () => Promise<Reply | undefined>): void => {
    const take = async (): Promise<void> => {
      if (isAborted(message)) return;
      try {
        const made = await replied();
        if (made !== undefined) send({ kind: "answer", id: message.id, value: made.value }, made.transfer);
      } catch (error) {
        fail(message, error);
      }
    };
    waiting = (waiting ?? Promise.resolve()).then(take);
  };
  const compute = <Given extends readonly unknown[], Result extends Answered<RequestKind>>(
    message: RequestMessage,
    load: () => Promise<(...given: Given) => Iterator<void, Result>>,
    ...given: Given
  ): void => takeLater(message, async () => completed((await load())(...given), () => isCancelled(message)));
  const close = (): undefined => {
    for (const timer of timers) clearTimeout(timer);
    doWork(work, () => store.close());
  };
  return {
    take(message) {
      const { request } = message;
      switch (request.kind) {
        case "query":
          return takeLater(message, async () => {
            const value = await answer(request.given, reading, () => isCancelled(message));
            return { value, transfer: buffersOf(value) };
          });
        case "levelChanges":
          return compute(
            message,
            async () => (await import("../analysis/level-changes.ts")).levelChanges,
            request.given,
          );
        case "trainWindow": {
          const load = async () => (await import("../models/window-training.ts")).trainWindowModel;
          return compute(message, load, request.given.values, request.given.range);
        }
        case "trainJoint": {
          const load = async () => (await import("../models/joint-model.ts")).trainJointModel;
          return compute(message, load, request.given.columns, request.given.range);
        }
        case "select":
        case "selectLabels":
        case "pauses":
          if (selecting !== undefined) return takeNow(message, request);
          return takeLater(message, async () => {
            // 3 MB, which most stores do not need.
            selecting = await import("../select/select.ts");
            takeNow(message, request);
            return undefined;
          });
        default:
          return takeNow(message, request);
      }
    },
    close: () => (waiting === undefined ? close() : waiting.then(close)),
  };
}

let selecting: typeof import("../select/select.ts") | undefined;

function selections(): typeof import("../select/select.ts") {
  if (selecting === undefined) throw new Error("selections are not loaded");
  return selecting;
}

function completed<Result extends Answered<RequestKind>>(
  steps: Iterator<void, Result>,
  isCancelled: () => boolean,
): Reply {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return plain(step.value);
    if (isCancelled()) throw new CancelledError();
  }
}

/** A request that is handled without a pause. */
type AtOnce = Exclude<Request, { readonly kind: "query" | "levelChanges" | "trainWindow" | "trainJoint" }>;

interface Reply {
  readonly value: Answered<RequestKind>;
  readonly transfer: readonly ArrayBuffer[];
}

/** Each request reads the store in one snapshot. */
function reply(store: Store, request: AtOnce, isCancelled: () => boolean): Reply {
  switch (request.kind) {
    case "select":
      return selectionsAnswer(
        store.snapshot(() =>
          request.given.map((given) => packedSelection(selections().select(store, given, isCancelled))),
        ),
      );
    case "selectLabels":
      return plain(
        packedLabels(store.snapshot(() => selections().selectLabels(store, request.given, isCancelled))),
      );
    case "pauses":
      return plain(store.snapshot(() => selections().pausesOf(store, request.given)));
    case "append":
      return plain(store.append(request.given));
    case "appendSamples":
      return plain(store.appendSamples(unpackedSamples(request.given)));
    case "appendEvents":
      return plain(store.appendEvents(unpackedEvents(request.given)));
    case "totals":
      return plain(store.snapshot(() => totals(store, request.given)));
    case "metrics":
      return plain(store.snapshot(() => store.metrics()));
    case "series":
      return plain(store.snapshot(() => attributesOf(store, request.given.metric, request.given.where)));
    case "events":
      return plain([...store.events(request.given)]);
    case "oldest":
      return plain(store.snapshot(() => new AskedSeries(store, request.given, isCancelled).oldestPoint()));
    case "latestEvents":
      return plain(store.latestEvents(request.given));
    case "usage":
      return plain(store.usage());
    case "models":
      return plain(store.models());
    case "putModel":
      return plain(store.putModel(request.given.name, request.given.document));
    case "maintain":
      return plain(store.maintain());
    case "recover":
      return plain(store.recover(true));
    default:
      return request satisfies never;
  }
}

function plain(value: Answered<RequestKind>): Reply {
  return { value, transfer: [] };
}

function selectionsAnswer(value: readonly PackedSelection[]): Reply {
  return { value, transfer: value.flatMap(selectionBuffers) };
}
