// The messages of adapters to other servers: those that nobody answers, and those that all answer.
import type { Coordination } from "../../src/facades/index.ts";
import { isObject, type Method, observed, type Recording } from "../shared/index.ts";
import type { AdapterNodes } from "./adapter-nodes.ts";

/** Where they are recorded. */
export interface MessagesOfAdapters {
  readonly recording: Recording<unknown>;
  readonly coordination: Coordination;
  readonly nodes: AdapterNodes;
}

/** Counts each call as a message, but those that are for this server alone. */
export function countSent(
  { recording, coordination }: MessagesOfAdapters,
  type: string,
): (original: Method) => Method {
  return (send) =>
    function (...args) {
      const result = Reflect.apply(send, this, args);
      recording.safely(() => {
        if (!args.some(isLocal)) coordination.message(type);
      });
      return result;
    };
}

/** Counts what a sharded adapter publishes; the message, argument `at`, has its type's number. */
export function countPublished(
  { recording, coordination }: MessagesOfAdapters,
  types: unknown,
  at: number,
): (original: Method) => Method {
  return (publish) =>
    function (...args) {
      const result = Reflect.apply(publish, this, args);
      recording.safely(() => {
        const message = args[at];
        if (!isObject(this) || !("pubClient" in this) || !isObject(message)) return;
        const name: unknown = Reflect.get(Object(types), String(Reflect.get(message, "type")));
        coordination.message(typeof name === "string" ? name.toLowerCase() : undefined);
      });
      return result;
    };
}

/**
 * Counts each call that asks the other servers as a message, once all have answered, with the time that took, or once
 * the adapter has given up. Without another server nothing is sent.
 */
export function measureAnswers(messages: MessagesOfAdapters, type: string): (original: Method) => Method {
  return (ask) =>
    function (...args) {
      if (args.some(isLocal)) return Reflect.apply(ask, this, args);
      const answered = answersOf(messages, type, this);
      return observed(Reflect.apply(ask, this, args), {
        fulfilled: () => answered(undefined),
        rejected: answered,
      });
    };
}

/** The same of `serverSideEmit`, whose list ends with a callback where answers are asked for. */
export function measureServerSideEmit(messages: MessagesOfAdapters): (original: Method) => Method {
  const type = "server_side_emit";
  return (emit) =>
    function (...args) {
      const list = args[0];
      const callback: unknown = Array.isArray(list) ? list.at(-1) : undefined;
      if (!Array.isArray(list) || typeof callback !== "function") {
        return Reflect.apply(countSent(messages, type)(emit), this, args);
      }
      const answered = answersOf(messages, type, this);
      const told = function (this: unknown, ...answers: readonly unknown[]): unknown {
        answered(answers[0] ?? undefined);
        return Reflect.apply(callback, this, answers);
      };
      return Reflect.apply(emit, this, [[...list.slice(0, -1), told], ...args.slice(1)]);
    };
}

function answersOf(
  { recording, coordination, nodes }: MessagesOfAdapters,
  type: string,
  adapter: unknown,
): (error: unknown) => void {
  const startMillis = performance.now();
  return (error) => {
    recording.safely(() => {
      if (!nodes.hasOthers(adapter)) return;
      const latency = (performance.now() - startMillis) / 1000;
      coordination.message(type, error === undefined ? { latency } : {});
    });
  };
}

/** Lets the adapter's own questions tell how many servers there are, too. */
export function noteCounts({ recording, nodes }: MessagesOfAdapters): (original: Method) => Method {
  return (serverCount) =>
    function (...args) {
      return observed(Reflect.apply(serverCount, this, args), {
        fulfilled: (count) => {
          recording.safely(() => nodes.counted(count, this));
        },
        rejected: () => {},
      });
    };
}

function isLocal(options: unknown): boolean {
  const flags: unknown = isObject(options) ? Reflect.get(options, "flags") : undefined;
  return isObject(flags) && Boolean(Reflect.get(flags, "local"));
}
