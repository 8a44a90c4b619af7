// The streams of `node:http2`, which is not loaded before the application loads it.
import type { Http2Stream } from "node:http2";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { isInternalTraffic } from "../../src/io/http/internal-traffic.ts";
import { isOtherRuntime } from "../../src/io/runtime.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { isOlder } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";

/** Functions called with the streams of requests that begin. */
export interface StreamListeners {
  /** A request was received, with these headers. */
  served(stream: Http2Stream, headers: object): void;
  /** The application makes a request. */
  sent(stream: Http2Stream): void;
}

/** Reports the streams of requests. Pushed responses, tunnels, requests of gRPC and those of undici are not reported. */
export function watchStreams(recording: Recording<unknown>, listeners: StreamListeners): void {
  const served = (stream: unknown, headers: unknown): void => {
    if (isStream(stream) && isObject(headers) && isRequest(stream, headers))
      listeners.served(stream, headers);
  };
  const sent = (stream: unknown): void => {
    if (!isStream(stream) || isInternalTraffic(stream) || isOfUndici(stream)) return;
    const headers = fieldOf(stream, "sentHeaders");
    if (isObject(headers) && isRequest(stream, headers)) listeners.sent(stream);
  };
  if (arePublished(process.versions.node)) {
    recording.subscribe("http2.server.stream.created", ({ stream, headers }) => served(stream, headers));
    recording.subscribe("http2.client.stream.created", ({ stream }) => sent(stream));
  } else if (!isOtherRuntime) {
    watchServers(recording, served);
    watchSessions(recording, sent);
  }
}

// Both channels came with minor versions of Node.js 22 and 24.
function arePublished(version: string): boolean {
  return !isOlder(version, "24.6") || (!isOlder(version, "22.20") && isOlder(version, "23"));
}

function isStream(value: unknown): value is Http2Stream {
  return typeof fieldOf(value, "sendTrailers") === "function";
}

// Streams of pushed responses have an even number.
function isRequest(stream: Http2Stream, headers: object): boolean {
  const isPushed = stream.id !== undefined && stream.id % 2 === 0;
  if (isPushed || fieldOf(headers, ":method") === "CONNECT") return false;
  return !String(fieldOf(headers, "content-type")).startsWith("application/grpc");
}

// undici publishes its requests itself. Its sessions have a field that no other has.
function isOfUndici({ session }: Http2Stream): boolean {
  const fields = session === undefined ? [] : Object.getOwnPropertySymbols(session);
  return fields.some(({ description }) => description === "open streams");
}

// The classes of servers become known with the first connection to one.
function watchServers(
  recording: Recording<unknown>,
  served: (stream: unknown, headers: unknown) => void,
): void {
  recording.subscribe("net.server.socket", ({ socket }) => {
    const server = fieldOf(socket, "server");
    if (!hasMethods(server, "updateSettings")) return;
    recording.before(Object.getPrototypeOf(server), "emit", (_server, event, stream, headers) => {
      if (event === "stream") served(stream, headers);
    });
  });
}

// The class of sessions is not exported. Each of them begins with a connection.
function watchSessions(recording: Recording<unknown>, sent: (stream: unknown) => void): void {
  let known = 0;
  const look = (): void => {
    const modules = fieldOf(process, "moduleLoadList");
    if (!Array.isArray(modules) || modules.length === known) return;
    known = modules.length;
    if (!modules.includes("NativeModule http2")) return;
    stop();
    recording.after(sessionPrototype(), "request", (_session, stream) => sent(stream));
  };
  const stop = recording.before(Socket.prototype, "connect", look);
  look();
}

function sessionPrototype(): unknown {
  const createConnection = (): Duplex =>
    new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const session = process.getBuiltinModule("node:http2").connect("http://localhost", { createConnection });
  session.destroy();
  return Object.getPrototypeOf(session);
}
