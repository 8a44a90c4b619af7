// Calls of gRPC servers and clients, through `@grpc/grpc-js` and the libraries that use it.
import type { Method } from "../../src/recording/replace-method.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { RequestedServers, serverFromTarget } from "../shared/requested-servers.ts";
import { CODE, RpcCalls } from "../shared/rpc-calls.ts";
import { CLIENT_CALLS, SERVER_CALLS } from "./index.ts";

/** Called with the status at the end of a call. */
type Ended = (status: unknown) => void;

const system = "grpc";
// The exporters of OpenTelemetry's SDK, which are not traffic of the application.
const OTLP_SERVICES = "/opentelemetry.proto.collector.";
// Observer of a server's call, as the library has it if channelz is enabled.
const SILENT = { addMessageSent() {}, addMessageReceived() {}, onStreamEnd() {}, onCallEnd() {} };

/** Records the duration of each call of `@grpc/grpc-js`. */
export function begin(recording: Recording<unknown>): Attach {
  const clients = new RpcCalls(recording, "client");
  const servers = new RpcCalls(recording, "server");
  const requested = new RequestedServers();
  const ended =
    (act: Ended): Ended =>
    (status) =>
      recording.safely(() => act(status));
  return (exports, file) => {
    if (isSameFile(file, CLIENT_CALLS)) {
      recording.wrap(exports, "getInterceptingCall", (original) => {
        return function (...args) {
          const startMillis = nowMillis();
          const [, definition, , channel] = args;
          const call = Reflect.apply(original, this, args);
          const path = fieldOf(definition, "path");
          if (String(path).startsWith(OTLP_SERVICES)) return call;
          followClient(
            call,
            ended((status) => {
              const nanos = nanosSince(startMillis);
              const server = requested.ofText(targetOf(channel), serverFromTarget);
              clients.record({
                system,
                method: methodOf(path),
                code: fieldOf(status, "code"),
                nanos,
                server,
              });
            }),
          );
          return call;
        };
      });
    } else if (isSameFile(file, SERVER_CALLS)) {
      recording.wrap(exports, "getServerInterceptingCall", (original) => {
        return function (...args) {
          const startMillis = nowMillis();
          const [, , , observer, handler] = args;
          const onCallEnd = ended((status) => {
            const method = methodOf(fieldOf(handler, "path"));
            servers.record({ system, method, code: fieldOf(status, "code"), nanos: nanosSince(startMillis) });
          });
          return Reflect.apply(original, this, args.with(3, observing(observer, onCallEnd)));
        };
      });
    } else {
      recording.after(prototypeOf(exports, "Server"), "_retrieveHandler", (_server, handler) => {
        if (handler === null)
          servers.record({ system, method: undefined, code: CODE.unimplemented, nanos: 0 });
      });
    }
  };
}

function methodOf(path: unknown): string | undefined {
  return typeof path === "string" ? path.slice(1) : undefined;
}

function targetOf(channel: unknown): string {
  return hasMethods(channel, "getTarget") ? String(channel.getTarget()) : "";
}

// Every call of a client is started with a listener for its status, whatever its kind.
function followClient(call: unknown, ended: Ended): void {
  if (!hasMethods(call, "start")) return;
  const start: Method = call.start;
  Reflect.set(call, "start", function (this: unknown, ...args: readonly unknown[]): unknown {
    const [metadata, listener] = args;
    return Reflect.apply(start, this, [metadata, seen(listener, ended)]);
  });
}

function seen(listener: unknown, ended: Ended): unknown {
  const receive = fieldOf(listener, "onReceiveStatus");
  if (!isObject(listener) || !isCallback(receive)) return listener;
  const onReceiveStatus = seenCallback(receive, ended);
  return Object.create(listener, { onReceiveStatus: { value: onReceiveStatus } });
}

// The status reaches it once, also if the client cancels the call or disconnects.
function observing(observer: unknown, ended: Ended): object {
  const before = fieldOf(observer, "onCallEnd");
  const onCallEnd = isCallback(before) ? seenCallback(before, ended) : ended;
  return Object.create(isObject(observer) ? observer : SILENT, { onCallEnd: { value: onCallEnd } });
}
