// Messages of adapters to other servers, with and without responses.
import type { Coordination } from "../../src/facades/index.ts";
import type { Wrap } from "../../src/recording/replace-method.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { isCallback, measuredCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import type { AdapterNodes } from "./adapter-nodes.ts";

/** Targets of the recording. */
export interface MessagesOfAdapters {
  readonly recording: Recording<unknown>;
  readonly coordination: Coordination;
  readonly nodes: AdapterNodes;
}

/** Counts each call as a message, unless it is for this server only. */
export function countSent(
  { recording, coordination }: MessagesOfAdapters,
  prototype: object,
  method: string,
  type: string,
): void {
  recording.after(prototype, method, (_, _result, ...args) => {
    if (!args.some(isLocal)) coordination.message(type);
  });
}

/**
 * Counts messages that a sharded adapter publishes by `method`. Argument `at` is the message, which contains the
 * number of its type.
 */
export function countPublished(
  { recording, coordination }: MessagesOfAdapters,
  prototype: object,
  method: string,
  { types, at }: { readonly types: unknown; readonly at: number },
): void {
  recording.after(prototype, method, (adapter, _result, ...args) => {
    const message = args[at];
    if (!isObject(adapter) || !("pubClient" in adapter) || !isObject(message)) return;
    const name = fieldOf(types, String(fieldOf(message, "type")));
    coordination.message(typeof name === "string" ? name.toLowerCase() : undefined);
  });
}

/**
 * Counts each request to the other servers, if there are any, once all have responded or the adapter has timed out.
 */
export function measureAnswers(
  messages: MessagesOfAdapters,
  prototype: object,
  method: string,
  type: string,
): void {
  messages.recording.outcome(prototype, method, (adapter, args) => {
    if (args.some(isLocal)) return {};
    const answered = answersOf(messages, type, adapter);
    return { fulfilled: () => answered(), rejected: answered };
  });
}

/** The same for `serverSideEmit`, whose arguments end with a callback if responses are expected. */
export function measureServerSideEmit(messages: MessagesOfAdapters): Wrap {
  const type = "server_side_emit";
  return (emit) =>
    function (...args) {
      const list = args[0];
      const callback: unknown = Array.isArray(list) ? list.at(-1) : undefined;
      if (!Array.isArray(list) || !isCallback(callback)) {
        const result = Reflect.apply(emit, this, args);
        if (!args.some(isLocal)) messages.recording.safely(() => messages.coordination.message(type));
        return result;
      }
      const answeredBack = measuredCallback(callback, answersOf(messages, type, this));
      return Reflect.apply(emit, this, [[...list.slice(0, -1), answeredBack], ...args.slice(1)]);
    };
}

function answersOf(
  { recording, coordination, nodes }: MessagesOfAdapters,
  type: string,
  adapter: unknown,
): (error?: unknown) => void {
  const startMillis = performance.now();
  return (error) =>
    recording.safely(() => {
      if (!nodes.hasOthers(adapter)) return;
      const latency = (performance.now() - startMillis) / 1000;
      coordination.message(type, error === undefined ? { latency } : {});
    });
}

function isLocal(options: unknown): boolean {
  return Boolean(fieldOf(fieldOf(options, "flags"), "local"));
}
