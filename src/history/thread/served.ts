// A store that handles messages, in any thread.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Store } from "../store/index.ts";
import {
  type Answered,
  DONE,
  doWork,
  FAILED,
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
import { isSelectLoaded, loadSelect, selectNow } from "./loaded-select.ts";
import { totals } from "../query/totals/totals.ts";
import { evaluate } from "../query/evaluate.ts";
import { attributesOf } from "../query/matching.ts";
import { buffersOf, type QueryResult } from "../query/points.ts";
import { type PackedSelection, packedSelection, selectionBuffers } from "../select/packed-series.ts";
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
    const store = Store.open({ ...options, warn, isEnding: () => isEnding(work) });
    const served = servedStore(store, send, work, options.path);
    send({ kind: "open" }, []);
    return served;
  } catch (error) {
    send({ kind: "refused", error: sentError(error, options.path) }, []);
    return undefined;
  }
}

function servedStore(store: Store, send: Send, work: SharedWork, path: string): ServedStore {
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
    setTimeout(maintain, 0),
    setInterval(maintain, MAINTENANCE_MILLIS),
    setInterval(() => attempt(() => store.recover()), RECOVERY_MILLIS),
  ];
  for (const timer of timers) timer.unref();
  const take = ({ id, request, cancelled, outcome }: RequestMessage): void => {
    const isCancelled = (): boolean =>
      isEnding(work) || (cancelled !== undefined && Atomics.load(cancelled, 0) !== 0);
    try {
      if (outcome === undefined && isCancelled()) return;
      const { value, transfer } = answer(store, request, isCancelled);
      if (outcome === undefined) send({ kind: "answer", id, value }, transfer);
      else tell(outcome, DONE);
    } catch (error) {
      if (outcome === undefined) send({ kind: "failure", id, error: sentError(error, path) }, []);
      else tell(outcome, FAILED);
    }
  };
  const takeNow = (message: RequestMessage): void =>
    doWork(work, () => take(message), message.outcome !== undefined);
  const close = (): undefined => {
    for (const timer of timers) clearTimeout(timer);
    doWork(work, () => store.close());
  };
  // Set while selections wait for their code.
  let waiting: Promise<void> | undefined;
  return {
    take(message) {
      if (message.request.kind !== "select" || isSelectLoaded()) takeNow(message);
      else waiting = (waiting ?? loadSelect()).then(() => takeNow(message));
    },
    close: () => (waiting === undefined ? close() : waiting.then(close)),
  };
}

interface Reply {
  readonly value: Answered<RequestKind>;
  readonly transfer: readonly ArrayBuffer[];
}

/** Each request reads the store in one snapshot. */
function answer(store: Store, request: Request, isCancelled: () => boolean): Reply {
  switch (request.kind) {
    case "query":
      return queryAnswer(store.snapshot(() => evaluate(request.given, store, isCancelled)));
    case "select":
      return selectionAnswer(
        packedSelection(store.snapshot(() => selectNow(store, request.given, isCancelled))),
      );
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
    case "usage":
      return plain(store.usage());
    case "maintain":
      return plain(store.maintain());
    default:
      return request satisfies never;
  }
}

function plain(value: Answered<RequestKind>): Reply {
  return { value, transfer: [] };
}

function selectionAnswer(value: PackedSelection): Reply {
  return { value, transfer: selectionBuffers(value) };
}

function queryAnswer(value: QueryResult): Reply {
  return { value, transfer: buffersOf(value) };
}
