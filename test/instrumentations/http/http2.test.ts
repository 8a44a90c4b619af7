// Requests of `node:http2`, and their ends.
import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from "node:http2";
import { connect as connectSocket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { http as instrumented } from "../../../instrumentations/http/index.ts";
import { begin } from "../../../instrumentations/http/instrumentation.ts";
import { fieldOf } from "../../../instrumentations/shared/fields.ts";
import { addressOf } from "../../kit/address-of.ts";
import { restarted } from "../restarted.ts";
import { ask, Figures, opened, received, respond, sentTo } from "./http2-figures.ts";

let figures: Figures;
let server: Http2Server;
let url: string;
let session: ClientHttp2Session;
// Streams of `/hang` and `/half`.
let unanswered: ServerHttp2Stream[];

beforeEach(async () => {
  figures = new Figures();
  unanswered = [];
  server = createServer();
  server.on("stream", (stream, headers) => respond(stream, headers[":path"], unanswered));
  server.on("sessionError", () => {});
  ({ url, session } = await opened(server));
});

afterEach(async () => {
  figures.instrumentation.disable();
  session.destroy();
  await new Promise((resolve) => void server.close(resolve));
});

test("requests are counted and timed on both sides, with version 2", async () => {
  expect(await ask(session, "/")).toBe("ok");
  await ask(session, "/missing");
  await ask(session, "/", { ":method": "POST" });
  const counts = [
    ["GET", 200, 1],
    ["GET", 404, 1],
    ["POST", 200, 1],
  ];
  expect(await figures.counted("server", 3)).toEqual(counts);
  expect(await figures.counted("client", 3)).toEqual(counts);
  expect(await figures.timed("server", 3)).toEqual([
    { ...received, "http.response.status_code": 200, count: 1 },
    { ...received, "http.response.status_code": 404, count: 1 },
    { ...received, "http.request.method": "POST", "http.response.status_code": 200, count: 1 },
  ]);
  expect(await figures.timed("client", 3)).toEqual([
    { ...sentTo(url), "http.response.status_code": 200, count: 1 },
    { ...sentTo(url), "http.response.status_code": 404, "error.type": "404", count: 1 },
    { ...sentTo(url), "http.request.method": "POST", "http.response.status_code": 200, count: 1 },
  ]);
  expect([await figures.active("server"), await figures.active("client")]).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("the scheme is that of the client's request, by a header of a proxy", async () => {
  await ask(session, "/", { "x-forwarded-proto": "https" });
  expect(await figures.timed("server", 1)).toMatchObject([{ "url.scheme": "https" }]);
});

test("requests are active until their stream closes, and own ones until their response begins", async () => {
  const streams = ["/hang", "/hang", "/half"].map((path) => session.request({ ":path": path }));
  await vi.waitFor(() => expect(unanswered).toHaveLength(3));
  await vi.waitFor(async () =>
    expect([await figures.active("server"), await figures.active("client")]).toEqual([[3], [2]]),
  );
  for (const stream of unanswered) {
    if (!stream.headersSent) stream.respond();
    stream.end();
  }
  for (const stream of streams) stream.resume();
  await vi.waitFor(async () => expect(await figures.active("server")).toEqual([0]));
});

test.each([
  [
    "by its code of RFC 9113 if the client resets it",
    "/hang",
    (client: Closing) => client.close(8),
    "CANCEL",
    "CANCEL",
  ],
  ["if the client destroys its stream", "/hang", (client: Closing) => client.destroy(), "aborted", "aborted"],
  ["if the client loses its session", "/hang", () => session.destroy(), "aborted", "aborted"],
  ["if the server refuses it", "/refused", () => {}, "REFUSED_STREAM", "REFUSED_STREAM"],
  ["if the handler of the server breaks it", "/throws", () => {}, "INTERNAL_ERROR", "INTERNAL_ERROR"],
  [
    "by the error of the client",
    "/hang",
    (client: Closing) => client.destroy(new RangeError("x")),
    "INTERNAL_ERROR",
    "RangeError",
  ],
])("a request without a response has failed %s", async (_, path, end, ofServer, ofClient) => {
  const stream = session.request({ ":path": path });
  stream.on("error", () => {});
  await vi.waitUntil(() => path !== "/hang" || unanswered.length === 1);
  end(stream);
  const name = { "http.request.method": "GET" };
  expect(await figures.counted("server", 1)).toEqual([["GET", ofServer, 1]]);
  expect(await figures.counted("client", 1)).toEqual([["GET", ofClient, 1]]);
  expect(await figures.timed("server", 1)).toEqual([{ ...received, "error.type": ofServer, count: 1 }]);
  const { "network.protocol.version": _version, ...without } = sentTo(url);
  expect(await figures.timed("client", 1)).toEqual([
    { ...without, ...name, "error.type": ofClient, count: 1 },
  ]);
  expect(
    [...(await figures.active("server")), ...(await figures.active("client"))].every((value) => value === 0),
  ).toBe(true);
});

test("a session that the server destroys ends its requests, also those whose response has begun", async () => {
  for (const path of ["/hang", "/half"])
    session
      .request({ ":path": path })
      .on("error", () => {})
      .resume();
  await vi.waitFor(() => expect(unanswered).toHaveLength(2));
  unanswered[0]!.session!.destroy();
  expect(await figures.counted("server", 2)).toEqual([["GET", "aborted", 2]]);
  expect(await figures.timed("server", 2)).toEqual([
    { ...received, "error.type": "aborted", count: 1 },
    { ...received, "http.response.status_code": 200, "error.type": "aborted", count: 1 },
  ]);
  expect(await figures.counted("client", 2)).toEqual([
    ["GET", 200, 1],
    ["GET", "aborted", 1],
  ]);
});

test("requests have the code of the error that ended their session", async () => {
  session.request({ ":path": "/hang" }).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  unanswered[0]!.session!.destroy(new Error("overloaded"), 11);
  expect(await figures.counted("client", 1)).toEqual([["GET", "ENHANCE_YOUR_CALM", 1]]);
  expect(await figures.counted("server", 1)).toEqual([["GET", "ENHANCE_YOUR_CALM", 1]]);
});

test("requests to a server that is not there have the error of their connection", async () => {
  const lost = connect("http://127.0.0.1:1");
  lost.on("error", () => {});
  await ask(lost, "/");
  expect(await figures.counted("client", 1)).toEqual([["GET", "ECONNREFUSED", 1]]);
  expect(await figures.timed("client", 1)).toEqual([
    {
      "http.request.method": "GET",
      "server.address": "127.0.0.1",
      "server.port": 1,
      "error.type": "ECONNREFUSED",
      count: 1,
    },
  ]);
});

test("informational and pushed responses are not counted", async () => {
  const pushed = vi.fn<() => void>();
  session.on("stream", (stream) => stream.resume().on("end", pushed));
  await ask(session, "/hints");
  await ask(session, "/pushes");
  await vi.waitFor(() => expect(pushed).toHaveBeenCalled());
  expect(await figures.counted("server", 2)).toEqual([["GET", 200, 2]]);
  expect(await figures.counted("client", 2)).toEqual([["GET", 200, 2]]);
});

test("requests of gRPC and tunnels are not counted", async () => {
  await ask(session, "/", { ":method": "POST", "content-type": "application/grpc+proto" });
  const tunnel = session.request({ ":method": "CONNECT", ":authority": "127.0.0.1:1" });
  tunnel.resume().end();
  await once(tunnel, "close");
  await ask(session, "/");
  expect(await figures.counted("server", 1)).toEqual([["GET", 200, 1]]);
  expect(await figures.counted("client", 1)).toEqual([["GET", 200, 1]]);
});

test("unknown methods, paths and authorities have a bounded number of series", async () => {
  for (let i = 0; i < 150; i++)
    await ask(session, `/${"x".repeat(i)}?\u00e4`, {
      ":method": `M-${i}`,
      ":authority": i % 2 === 0 ? "host:99999" : `host-${i}.test`,
    });
  expect(await figures.counted("server", 150)).toEqual([["_OTHER", 200, 150]]);
  const servers = new Set(
    (await figures.timed("client", 150)).map((each) => fieldOf(each, "server.address")),
  );
  expect(servers.size).toBeLessThanOrEqual(101);
});

test("invalid frames of a client are not counted", async () => {
  const socket = connectSocket(addressOf(server).port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.end(Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7919) % 256)));
  socket.resume();
  await once(socket, "close");
  await ask(session, "/");
  expect(await figures.counted("server", 1)).toEqual([["GET", 200, 1]]);
});

test("thousands of requests on one session are counted once each, and leave nothing active", async () => {
  await Promise.all(Array.from({ length: 2_000 }, () => ask(session, "/")));
  expect(await figures.counted("server", 2_000)).toEqual([["GET", 200, 2_000]]);
  expect(await figures.counted("client", 2_000)).toEqual([["GET", 200, 2_000]]);
  expect([await figures.active("server"), await figures.active("client")]).toEqual([[0], [0]]);
});

test("the application may remove the listeners of a stream", async () => {
  server.removeAllListeners("stream");
  server.on("stream", (stream) => {
    stream.removeAllListeners("close");
    respond(stream, "/", unanswered);
  });
  await ask(session, "/");
  expect(await figures.counted("server", 1)).toEqual([["GET", 200, 1]]);
});

interface Closing {
  close(code: number): void;
  destroy(error?: Error): void;
}

test.each(["answered", "lost"])(
  "a request that is %s while nothing is recorded is not active",
  async (end) => {
    const stream = session.request({ ":path": "/hang" }).on("error", () => {});
    await vi.waitFor(() => expect(unanswered).toHaveLength(1));
    expect(await figures.active("client")).toEqual([1]);
    figures.instrumentation.disable();
    const seen = once(stream, end === "answered" ? "response" : "close");
    if (end === "answered") unanswered[0]!.respond();
    else session.destroy();
    await seen;
    figures.instrumentation.enable();
    expect((await figures.active("client")).every((value) => value === 0)).toBe(true);
  },
);

test("active requests, and their ends, remain after a restart", async () => {
  const streams = ["/hang", "/half"].map((path) => session.request({ ":path": path }).resume());
  await vi.waitFor(() => expect(unanswered).toHaveLength(2));
  const expectGauges = restarted(figures.instrumentation, instrumented, begin, {});
  await expectGauges({ "http.server.active_requests": 2, "http.client.active_requests": 1 });
  for (const stream of unanswered) {
    if (!stream.headersSent) stream.respond();
    stream.end();
  }
  await Promise.all(streams.map((stream) => once(stream, "close")));
  await expectGauges({ "http.server.active_requests": 0, "http.client.active_requests": 0 });
});
