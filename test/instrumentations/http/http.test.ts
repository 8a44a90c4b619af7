import { once } from "node:events";
import { Agent, createServer, get, request } from "node:http";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { Network } from "../../../src/facades/network/index.ts";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { Pool, fetch as undiciFetch } from "undici";
import { expect, test, vi } from "vitest";
import { http as instrumented } from "../../../instrumentations/http/index.ts";
import { ClientRequests } from "../../../instrumentations/http/client-requests.ts";
import { begin } from "../../../instrumentations/http/instrumentation.ts";
import { heldBytes } from "../../engine/memory.ts";
import { addressOf } from "../../kit/address-of.ts";
import { restarted } from "../restarted.ts";
import { collecting, instrumentation, serve, server, unanswered, url, use } from "./measured-server.ts";

serve((incoming, response) => {
  response.statusCode = incoming.url === "/missing" ? 404 : 200;
  if (incoming.url === "/large") response.end(Buffer.alloc(50_000_000));
  else if (incoming.url === "/late") incoming.on("aborted", () => response.end("too late"));
  else response.end("ok");
}, {});

async function counted(side: "server" | "client"): Promise<readonly unknown[]> {
  const points = await collecting.points(`http.${side}.requests`);
  return points.map(({ attributes, value }) => [...Object.values(attributes), value]);
}

async function active(side: "server" | "client", method = "GET"): Promise<unknown> {
  const { hostname, port } = new URL(url);
  const ofServer = { "server.address": hostname, "server.port": Number(port) };
  return collecting.point(`http.${side}.active_requests`, {
    "http.request.method": method,
    ...(side === "server" ? { "url.scheme": "http" } : ofServer),
  });
}

async function ask(path: string, method = "GET"): Promise<void> {
  const asked = request(url + path, { method });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  await once(response, "end");
}

test("requests are counted on both sides, by method and status", async () => {
  await ask("/");
  await ask("/");
  await ask("/missing", "POST");
  expect(await counted("server")).toEqual([
    ["GET", 200, 2],
    ["POST", 404, 1],
  ]);
  expect(await counted("client")).toEqual(await counted("server"));
  expect([await active("server"), await active("client")]).toEqual([0, 0]);
});

test("an unknown method is _OTHER", async () => {
  await ask("/", "PURGE");
  expect(await counted("server")).toEqual([["_OTHER", 200, 1]]);
});

test("the methods of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS replace the conventional ones", async () => {
  instrumentation.disable();
  vi.stubEnv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", " GET, PROPFIND ");
  use({}, collecting);
  vi.unstubAllEnvs();
  for (const method of ["PROPFIND", "GET", "PUT"]) await ask("/", method);
  expect(await counted("server")).toEqual([
    ["PROPFIND", 200, 1],
    ["GET", 200, 1],
    ["_OTHER", 200, 1],
  ]);
});

test("active requests are counted by the scheme of the server and by the requested server", async () => {
  const other = createServer(() => {}).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = addressOf(other);
  const hanging = [get(`${url}/hang`), get(`${url}/hang`), get(`http://127.0.0.1:${port}/`)];
  for (const asked of hanging) asked.on("error", () => {});
  await vi.waitFor(async () => expect(await active("server")).toBe(3));
  expect(
    (await collecting.points("http.client.active_requests")).map(({ attributes, value }) => [
      attributes,
      value,
    ]),
  ).toEqual([
    [
      {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": Number(new URL(url).port),
      },
      2,
    ],
    [{ "http.request.method": "GET", "server.address": "127.0.0.1", "server.port": port }, 1],
  ]);
  for (const asked of hanging) asked.destroy();
  await vi.waitFor(async () => {
    const points = await collecting.points("http.client.active_requests");
    expect(points.map(({ value }) => value)).toEqual([0, 0]);
  });
  other.close();
});

test.each([
  ["fetch", fetch],
  ["undici", undiciFetch],
])("requests of %s are counted for the client", async (_, send) => {
  await (await send(`${url}/`)).text();
  await (await send(`${url}/missing`, { method: "PUT" })).text();
  expect(await counted("client")).toEqual([
    ["GET", 200, 1],
    ["PUT", 404, 1],
  ]);
  await expect(send("http://127.0.0.1:1/")).rejects.toThrow(TypeError);
  await expect(counted("client")).resolves.toHaveLength(2);
});

test("requests are active until their response begins", async () => {
  const hanging = [get(`${url}/hang`), get(`${url}/hang`)];
  const answers = hanging.map((asked) => once(asked, "response"));
  const fetched = fetch(`${url}/hang`);
  await vi.waitFor(() => expect(unanswered).toHaveLength(3));
  expect([await active("server"), await active("client")]).toEqual([3, 3]);
  for (const response of unanswered) response.end("at last");
  await (await fetched).text();
  await Promise.all(answers);
  await vi.waitFor(async () => expect(await counted("server")).toEqual([["GET", 200, 3]]));
  expect([await active("server"), await active("client")]).toEqual([0, 0]);
});

test("a client that disconnects before the response is counted on both sides, and is not active any more", async () => {
  const asked = get(`${url}/hang`);
  asked.on("error", () => {});
  const controller = new AbortController();
  const fetched = fetch(`${url}/hang`, { signal: controller.signal });
  await vi.waitFor(() => expect(unanswered).toHaveLength(2));
  asked.destroy();
  controller.abort();
  await expect(fetched).rejects.toMatchObject({ name: "AbortError" });
  await vi.waitFor(async () => expect(await active("server")).toBe(0));
  expect(await counted("server")).toEqual([["GET", "aborted", 2]]);
  expect(new Set(await counted("client"))).toEqual(
    new Set([
      ["GET", "ECONNRESET", 1],
      ["GET", "AbortError", 1],
    ]),
  );
});

test("pipelined requests of a lost connection are aborted, with those that waited for a response", async () => {
  const head = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: shop\r\n\r\n`;
  const socket = connect(addressOf(server).port, "127.0.0.1");
  socket.write(head("/") + head("/hang") + head("/") + head("/"));
  await vi.waitFor(async () => expect(await active("server")).toBe(3));
  socket.destroy();
  await vi.waitFor(async () => expect(await active("server")).toBe(0));
  expect(await counted("server")).toEqual([
    ["GET", 200, 1],
    ["GET", "aborted", 3],
  ]);
});

test("a response that is written after its client disconnected is aborted", async () => {
  const asked = get(`${url}/late`).on("error", () => {});
  await vi.waitFor(async () => expect(await active("server")).toBe(1));
  asked.destroy();
  await vi.waitFor(async () => expect(await active("server")).toBe(0));
  expect(await counted("server")).toEqual([["GET", "aborted", 1]]);
});

test("a client that disconnects during a large response is aborted, though the application has ended it", async () => {
  const [response] = await once(get(`${url}/large`), "response");
  await once(response, "data");
  expect(await active("server")).toBe(1);
  response.on("error", () => {}).destroy();
  await vi.waitFor(async () => expect(await active("server")).toBe(0));
  expect(await counted("server")).toEqual([["GET", "aborted", 1]]);
});

test("a response is complete if the application destroys the connection after it", async () => {
  server.prependListener("request", ({ socket }, response) => response.on("finish", () => socket.destroy()));
  await ask("/");
  await vi.waitFor(async () => expect(await counted("server")).toEqual([["GET", 200, 1]]));
});

test("a waiting pipelined response that the application destroys is aborted", async () => {
  const head = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: shop\r\n\r\n`;
  const socket = connect(addressOf(server).port, "127.0.0.1");
  socket.write(head("/hang") + head("/hang"));
  await vi.waitFor(() => expect(unanswered).toHaveLength(2));
  unanswered[1]!.destroy();
  socket.destroy();
  await vi.waitFor(async () => expect(await active("server")).toBe(0));
  expect(await counted("server")).toEqual([["GET", "aborted", 2]]);
});

test("a request without a reachable server has failed", async () => {
  const asked = get("http://127.0.0.1:1/");
  await once(asked, "error");
  expect(await counted("client")).toEqual([["GET", "ECONNREFUSED", 1]]);
});

test("a response before the end of the body ends the request", async () => {
  server.on("checkContinue", (_, response) => response.writeHead(413).end());
  for (const headers of [{}, { expect: "100-continue" }]) {
    const asked = request(url, { method: "POST", headers });
    asked.on("error", () => {}).flushHeaders();
    const [response] = await once(asked, "response");
    asked.end(headers.expect === undefined ? "the rest" : undefined);
    await once(response.resume(), "close");
  }
  expect(await active("client", "POST")).toBe(0);
  expect(await counted("client")).toEqual([
    ["POST", 200, 1],
    ["POST", 413, 1],
  ]);
});

test("requests that fail before they are sent are counted", async () => {
  await once(get(url).destroy(), "error");

  class Proxied extends Agent {
    override createConnection(
      _: unknown,
      created?: (error: Error | null, stream: Duplex) => void,
    ): undefined {
      setImmediate(() =>
        created?.(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), new Duplex()),
      );
    }
  }
  await once(get(url, { agent: new Proxied() }), "error");

  const agent = new Agent({ maxSockets: 1 });
  const first = get(`${url}/hang`, { agent }).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  const queued = once(get(url, { agent, signal: AbortSignal.timeout(1) }), "error");
  first.destroy();
  await queued;
  expect(new Set(await counted("client"))).toEqual(
    new Set([
      ["GET", "ECONNRESET", 2],
      ["GET", "ECONNREFUSED", 1],
      ["GET", "ABORT_ERR", 1],
    ]),
  );
});

test("a WebSocket or a tunnel is neither an active nor an aborted request", async () => {
  const leave = (_: unknown, socket: Duplex): void => {
    socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  };
  server.on("upgrade", leave);
  server.on("connect", (_, socket: Duplex) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  const headers = { connection: "upgrade", upgrade: "websocket" };
  const [, socket]: unknown[] = await once(get(url, { headers }), "upgrade");
  expect(socket).toBeInstanceOf(Duplex);
  await once(request(url, { method: "CONNECT", path: "shop:80" }).end(), "connect");
  const later = request(url);
  for (const [name, value] of Object.entries(headers)) later.setHeader(name, value);
  await once(later.end(), "upgrade");
  const pool = new Pool(url);
  (await pool.upgrade({ path: "/", protocol: "websocket" })).socket.destroy();
  (await pool.connect({ path: "shop:80" })).socket.destroy();
  await pool.close();
  await ask("/");
  expect(await counted("client")).toEqual([["GET", 200, 1]]);
  expect(await active("client")).toBe(0);
});

test("lost requests are removed without a collection, too", async () => {
  const counter = collecting.provider.getMeter("test").createCounter("lost");
  const requests = new ClientRequests(counter);
  const giveUp = (): void => requests.begun({ method: "GET", closed: true });
  for (let i = 0; i < 999; i++) giveUp();
  expect(await collecting.points("lost")).toEqual([]);
  giveUp();
  expect(await collecting.point("lost", { "http.request.method": "GET", "error.type": "aborted" })).toBe(
    1_000,
  );
});

test("Tachymeter's own server and requests are not the application's", async () => {
  const exporter = new PrometheusExporter({ port: 0, host: "127.0.0.1", preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  await exporter.startServer();
  const scraped = await new Network({ meterProvider: collecting.provider }).measureHttpRequest(url);
  expect(scraped?.tags).toMatchObject({ "http.response.status_code": 200 });
  expect(await counted("client")).toEqual([]);
  await (await fetch(exporter.url ?? "")).text();
  // The application's own server responded to one, and its client made the other.
  expect(await counted("server")).toEqual([["GET", 200, 1]]);
  expect(await counted("client")).toEqual([["GET", 200, 1]]);
  await provider.shutdown();
});

test("after a restart, requests without a response are active", async () => {
  const agent = new Agent({ keepAlive: true });
  const hanging = [
    get(`${url}/hang`, { agent }),
    get(`${url}/hang`, { agent }),
    get(`${url}/hang`, { agent }),
  ];
  for (const asked of hanging) asked.on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(3));
  instrumentation.disable();
  unanswered[0]!.end();
  await once(hanging[0]!, "response");
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "http.server.active_requests": 2, "http.client.active_requests": 2 });
  unanswered[1]!.end();
  await expectGauges({ "http.server.active_requests": 1, "http.client.active_requests": 1 });
  hanging[2]!.destroy();
  await expectGauges({ "http.server.active_requests": 0, "http.client.active_requests": 0 });
  agent.destroy();
});

test("the requests of a connection that was just lost are counted before a restart", async () => {
  get(`${url}/hang`).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  unanswered[0]!.socket?.destroy();
  instrumentation.disable();
  instrumentation.enable();
  expect(await counted("server")).toEqual([["GET", "aborted", 1]]);
});

test("requests that were active when it was disabled are freed once they end", async () => {
  const references: WeakRef<object>[] = [];
  const hanging = Array.from({ length: 20 }, () => get(`${url}/hang`, { agent: false }));
  await vi.waitFor(() => expect(unanswered).toHaveLength(20));
  for (const response of unanswered) references.push(new WeakRef(response), new WeakRef(response.req));
  for (const asked of hanging) references.push(new WeakRef(asked));
  instrumentation.disable();
  const closed = hanging.map((asked) => once(asked, "close"));
  for (const asked of hanging) asked.on("response", (response) => response.resume());
  for (const response of unanswered.splice(0)) response.end();
  await Promise.all(closed.splice(0));
  hanging.length = 0;
  await heldBytes();
  expect(references.filter((each) => each.deref() !== undefined).length).toBeLessThan(10);
});

test("nothing is counted while it is disabled", async () => {
  instrumentation.disable();
  await ask("/");
  await (await fetch(url)).text();
  expect([await counted("server"), await counted("client")]).toEqual([[], []]);
});
