// Calls of the servers and clients of Connect, in each of its protocols.
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { RequestedServers, serverFromOrigin } from "../shared/requested-servers.ts";
import { CODE, type RpcCall, RpcCalls } from "../shared/rpc-calls.ts";
import { CANCELED, type Ended, followed } from "./followed.ts";
import { ROUTERS, TRANSPORTS } from "./index.ts";

/** Records calls. Only the first call of a returned function has an effect. */
interface CallRecording {
  /** Begins a call to a server of the application, as an interceptor gets it. */
  served(request: unknown): Ended;
  /** Begins a call of a client of the application. */
  sent(system: RpcCall["system"], method: unknown, baseUrl: unknown): Ended;
}

// Transports and routers of the application stay instrumented while the instrumentation is disabled.
const current = new Current<CallRecording>();
const ignored: Ended = () => {};

/** Records the duration of each call of `@connectrpc/connect` and `@connectrpc/connect-node`. */
export function begin(recording: Recording<unknown>): Attach {
  const clients = new RpcCalls(recording, "client");
  const servers = new RpcCalls(recording, "server");
  const requested = new RequestedServers();
  const begun = (
    calls: RpcCalls,
    describe: () => Omit<RpcCall, "code" | "nanos">,
    otherCode: number,
  ): Ended => {
    const startMillis = nowMillis();
    let isRecorded = false;
    return (failure) => {
      if (isRecorded) return;
      isRecorded = true;
      const nanos = nanosSince(startMillis);
      recording.safely(() => {
        const code = failure === undefined ? CODE.ok : (codeOf(failure.error) ?? otherCode);
        calls.record({ ...describe(), code, nanos });
      });
    };
  };
  current.set(recording, {
    // To the client, the library reports other errors than its own as this code.
    served: (request) =>
      begun(
        servers,
        () => ({ system: systemOf(request), method: methodOf(fieldOf(request, "method")) }),
        CODE.internal,
      ),
    sent: (system, method, baseUrl) =>
      begun(
        clients,
        () => ({
          system,
          method: methodOf(method),
          server: requested.ofText(String(baseUrl), serverFromOrigin),
        }),
        CODE.unknown,
      ),
  });
  return (exports, file) => {
    if (isSameFile(file, ROUTERS)) {
      recording.wrap(exports, "createConnectRouter", (original) => {
        return function (...[options, ...rest]) {
          const router = Reflect.apply(original, this, [intercepted(options), ...rest]);
          recording.safely(() => watchRouter(router));
          return router;
        };
      });
      return;
    }
    for (const [name, system] of Object.entries(TRANSPORTS)) {
      recording.after(exports, name, (_self, transport, options) =>
        watchTransport(transport, system, fieldOf(options, "baseUrl")),
      );
    }
  };
}

// Interceptors of a single service replace those of its router.
function watchRouter(router: unknown): void {
  if (!isObject(router)) return;
  for (const name of ["service", "rpc"]) {
    replaceOwn(router, name, (original, [described, implementation, options, ...rest]) => {
      const hasOwn = fieldOf(options, "interceptors") !== undefined;
      return original(described, implementation, hasOwn ? intercepted(options) : options, ...rest);
    });
  }
}

function intercepted(options: unknown): unknown {
  const given = fieldOf(options, "interceptors") ?? [];
  return Array.isArray(given) ? { ...Object(options), interceptors: [interceptor, ...given] } : options;
}

const interceptor = (next: Callback): Callback => {
  return (request) => {
    const ended = current.value?.served(request) ?? ignored;
    const signal = fieldOf(request, "signal");
    // Its deadline has passed, or the client has given up. The handler need not notice.
    if (signal instanceof AbortSignal)
      signal.addEventListener(
        "abort",
        () => ended(codeOf(signal.reason) === CODE.deadlineExceeded ? { error: signal.reason } : CANCELED),
        { once: true },
      );
    return followed(() => next(request), ended);
  };
};

function watchTransport(transport: unknown, system: RpcCall["system"], baseUrl: unknown): void {
  if (!isObject(transport)) return;
  for (const name of ["unary", "stream"]) {
    replaceOwn(transport, name, (original, args) =>
      followed(() => original(...args), current.value?.sent(system, args[0], baseUrl) ?? ignored),
    );
  }
}

function replaceOwn(
  target: object,
  name: string,
  around: (original: Callback, args: readonly unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(target, name);
  if (!isCallback(original)) throw new TypeError(`there is no method "${name}"`);
  Reflect.set(target, name, (...args: readonly unknown[]) => around(original.bind(target), args));
}

function systemOf(request: unknown): RpcCall["system"] {
  const header = fieldOf(request, "header");
  const type = hasMethods(header, "get") ? String(header.get("content-type")) : "";
  return type.startsWith("application/grpc") ? "grpc" : "connectrpc";
}

function methodOf(method: unknown): string {
  return `${String(fieldOf(fieldOf(method, "parent"), "typeName"))}/${String(fieldOf(method, "name"))}`;
}

function codeOf(error: unknown): number | undefined {
  const code = fieldOf(error, "code");
  return fieldOf(error, "name") === "ConnectError" && typeof code === "number" ? code : undefined;
}
