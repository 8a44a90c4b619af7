// Requests of the clients of Elasticsearch and OpenSearch, as they report them by events.
import { BoundedNames, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { DatabaseOperations, type DatabaseTarget, OTHER_OPERATION } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { nameTemplate, remember } from "../shared/names.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { serverFromOrigin } from "../shared/requested-servers.ts";
import { ELASTIC } from "./index.ts";

/** Called with each event of a client. */
type See = (event: unknown, error: unknown, result: unknown) => void;

const MAX_OPERATIONS = 100;
const INDEX_SIGNS = { parts: /[^.,_-]+/g, any: "*", tooLong: "*" };
// Operations on one document, and on an index as a whole, by the method of HTTP.
const OF_DOCUMENTS: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "exists",
  PUT: "index",
  POST: "index",
  DELETE: "delete",
};
const OF_INDICES: Readonly<Record<string, string>> = {
  GET: "indices.get",
  HEAD: "indices.exists",
  PUT: "indices.create",
  DELETE: "indices.delete",
};

// Transports of OpenSearch keep the function while the instrumentation is disabled.
const current = new Current<{ readonly see: See }>();
const watched = new WeakSet<object>();

/** Records the durations of requests, from their serialization until their response, with all retries. */
export function begin(recording: Recording<unknown>): Attach {
  const elastic = requestsOf(recording, "elasticsearch");
  const see = requestsOf(recording, "opensearch");
  current.set(recording, { see: (...event) => recording.safely(() => see(...event)) });
  return (exports, file) => {
    if (isSameFile(file, ELASTIC)) {
      recording.before(prototypeOf(exports, "Diagnostic"), "emit", (_, ...event) => elastic(...event));
      return;
    }
    recording.before(prototypeOf(exports), "request", (transport) => {
      const emit = fieldOf(transport, "emit");
      if (!isObject(transport) || !isCallback(emit) || watched.has(transport)) return;
      watched.add(transport);
      Reflect.set(
        transport,
        "emit",
        seenCallback(emit, (event, error, result) => current.value?.see(event, error, result)),
      );
    });
  };
}

function requestsOf(recording: Recording<unknown>, system: string): See {
  const operations = new DatabaseOperations(recording.meter, system, statusOf);
  const names = new BoundedNames(MAX_OPERATIONS);
  const targets = new Map<string, DatabaseTarget>();
  const starts = new WeakMap<object, number>();
  return (event, error, result) => {
    const meta = fieldOf(result, "meta");
    if (!isObject(meta)) return;
    if (event === "serialization") starts.set(meta, nowMillis());
    const startMillis = starts.get(meta);
    const isFailure = error !== null && error !== undefined;
    if (startMillis === undefined || !(event === "response" || (event === "request" && isFailure))) return;
    starts.delete(meta);
    const params = fieldOf(fieldOf(meta, "request"), "params");
    const { operation, index } = operationOf(fieldOf(params, "method"), fieldOf(params, "path"));
    const origin = fieldOf(fieldOf(fieldOf(meta, "connection"), "url"), "origin");
    const key = `${String(origin)} ${index ?? ""}`;
    const target = targets.get(key) ?? targetOf(origin, index);
    remember(targets, key, target);
    const name = names.of(operation);
    operations.record(target, name === OTHER_NAME ? OTHER_OPERATION : name, nanosSince(startMillis), error);
  };
}

// `/products/_search`: the first part that begins with `_` is the operation.
function operationOf(method: unknown, path: unknown): { operation: string; index: string | undefined } {
  const parts = String(path).split("/").filter(Boolean);
  const api = parts.find((part) => part.startsWith("_"))?.slice(1);
  const [first = ""] = parts;
  const index = first === "" || first.startsWith("_") ? undefined : nameTemplate(first, INDEX_SIGNS);
  const byMethod = api === undefined ? OF_INDICES : api === "doc" ? OF_DOCUMENTS : undefined;
  const named = byMethod === undefined ? api : byMethod[String(method)];
  if (first === "") return { operation: "info", index };
  return { operation: named !== undefined && /^[a-z_.]{1,40}$/.test(named) ? named : OTHER_OPERATION, index };
}

function targetOf(origin: unknown, collection: string | undefined): DatabaseTarget {
  const { address, port = 0 } = typeof origin === "string" ? serverFromOrigin(origin) : { address: "" };
  return { address, port, namespace: "", collection };
}

function statusOf(error: unknown): string | undefined {
  const status = fieldOf(error, "statusCode");
  return typeof status === "number" ? String(status) : undefined;
}
