// Actions and events of Moleculer. Its handler of middlewares makes each function that is called for them.
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { type CallEnded, timedCall } from "../../src/recording/timed-call.ts";
import { Current } from "../shared/current.ts";
import { ConsumedQueues, Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import { handledMessages } from "../shared/handled-messages.ts";
import type { Attach } from "../shared/instrumented.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { RpcCalls } from "../shared/rpc-calls.ts";

/** Functions that run a call and record it by the name of its action or event. */
interface NodeRecording {
  readonly localAction: Around;
  readonly remoteAction: Around;
  readonly localEvent: Around;
  readonly emit: Around;
}

type Around = (name: string, call: () => unknown) => unknown;

const system = "moleculer";
const HANDLERS: ReadonlySet<unknown> = new Set(["localAction", "remoteAction", "localEvent"]);
const EMITTERS: ReadonlySet<unknown> = new Set(["emit", "broadcast"]);

// Nodes keep their functions while the instrumentation is disabled.
const current = new Current<NodeRecording>();

/** Records the calls of actions, and the events that are emitted and handled. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system });
  const consumed = new ConsumedQueues(recording, destinations);
  const ended =
    (calls: RpcCalls, action: string): CallEnded =>
    (seconds, failure) =>
      recording.safely(() =>
        calls.ended(
          { system, method: methodOf(action), nanos: seconds * 1e9 },
          undefined,
          failure && errorTypeOf(failure.error),
        ),
      );
  const [server, client] = [new RpcCalls(recording, "server"), new RpcCalls(recording, "client")];
  current.set(recording, {
    localAction: (name, call) => timedCall(call, ended(server, name)),
    remoteAction: (name, call) => timedCall(call, ended(client, name)),
    localEvent(name, call) {
      const queue = recording.safely(() => consumed.known(name));
      return queue === undefined ? call() : handledMessages(recording, queue, 1, call);
    },
    emit(name, call) {
      recording.safely(() => destinations.of(name).sent());
      return call();
    },
  });
  return (exports) => {
    const middlewares = prototypeOf(exports);
    recording.wrap(middlewares, "wrapHandler", (original) => {
      return function (...args) {
        const [method, given, definition] = args;
        const name = fieldOf(definition, "name");
        if (!isHandler(method) || !isApplications(name)) return Reflect.apply(original, this, args);
        // A middleware of the library logs the errors of events, so that nothing around it sees them.
        if (method === "localEvent" && isCallback(given))
          return Reflect.apply(
            original,
            this,
            args.with(
              1,
              around(given, method, () => name),
            ),
          );
        const handler = Reflect.apply(original, this, args);
        return isCallback(handler) ? around(handler, method, () => name) : handler;
      };
    });
    recording.wrap(middlewares, "wrapMethod", (original) => {
      return function (...args) {
        const emit = Reflect.apply(original, this, args);
        return isCallback(emit) && EMITTERS.has(args[0]) ? around(emit, "emit", (name) => name) : emit;
      };
    });
  };
}

function isHandler(method: unknown): method is keyof NodeRecording {
  return HANDLERS.has(method);
}

// Those of the library itself begin with `$`.
function isApplications(name: unknown): name is string {
  return typeof name === "string" && !name.startsWith("$");
}

function around(
  original: Callback,
  kind: keyof NodeRecording,
  nameOf: (first: unknown) => unknown,
): Callback {
  return function (...args) {
    const name = nameOf(args[0]);
    const call = (): unknown => Reflect.apply(original, this, args);
    return current.value === undefined || !isApplications(name) ? call() : current.value[kind](name, call);
  };
}

// `v2.blog-posts.create`: `v2.blog_posts/create`
function methodOf(action: string): string {
  const end = action.lastIndexOf(".");
  const [service, name] = [action.slice(0, Math.max(end, 0)), action.slice(end + 1)];
  return `${service.replaceAll(/[^\w.]/g, "_")}/${name.replaceAll(/\W/g, "_")}`;
}
