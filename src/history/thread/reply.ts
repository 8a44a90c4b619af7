// Requests, answered by the store.
import { totals } from "../query/totals/totals.ts";
import { evaluate } from "../query/evaluate.ts";
import { attributesOf } from "../query/matching.ts";
import { buffersOf, type QueryResult } from "../query/result.ts";
import type { Store } from "../store/index.ts";
import { unpackedEvents, unpackedSamples } from "./packed.ts";
import type { Answered, Request, RequestKind } from "./requests.ts";

/** An answer, and what of it can be transferred. */
export interface Reply {
  readonly value: Answered<RequestKind>;
  readonly transfer: readonly ArrayBuffer[];
}

/** Answers a request. What is asked in one request is answered from the store as it was at one moment. */
export function answer(store: Store, request: Request, isCancelled: () => boolean): Reply {
  switch (request.kind) {
    case "query":
      return queryAnswer(store.snapshot(() => evaluate(request.given, store, isCancelled)));
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

function queryAnswer(value: QueryResult): Reply {
  return { value, transfer: buffersOf(value) };
}
