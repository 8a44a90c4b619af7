import { once } from "node:events";
import { Agent, ClientRequest, get, request, type ServerResponse } from "node:http";
import { connect, type LookupFunction, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Pool } from "undici";
import { expect, test, vi } from "vitest";
import { fieldOf } from "../../../instrumentations/shared/fields.ts";
import { RequestedServers, serverFromOrigin } from "../../../instrumentations/shared/requested-servers.ts";
import { type HttpInstrumentationConfig } from "../../../instrumentations/http/index.ts";
import { noteRoute, routingOf } from "../../../instrumentations/http/routes.ts";
import { countOf, sumOf } from "../histogram-figures.ts";
import { collecting, instrumentation, port, serve, server, unanswered, url, use } from "./measured-server.ts";

serve((incoming, response) => {
  if (incoming.url === "/changed") {
    noteRoute(routingOf(incoming), "/orders/:id");
    incoming.method = "DELETE";
    unanswered.push(response);
  } else if (incoming.url === "/upload") incoming.resume().on("end", () => response.end());
  else if (incoming.url === "/half") response.write("half", () => unanswered.push(response));
  else if (incoming.url?.startsWith("/route/") === true) {
    noteRoute(routingOf(incoming), incoming.url);
    response.end();
  } else if (incoming.url === "/odd") response.writeHead(799).end();
  else if (incoming.url === "/error") response.end("ok", () => (response.statusCode = 500));
  else response.end("ok");
}, {});

/** Returns the recorded attributes and counts, once there are `count` in total. */
async function recorded(side: "server" | "client", count: number): Promise<readonly unknown[]> {
  return await vi.waitFor(async () => {
    const points = await collecting.points(`http.${side}.request.duration`);
    const found = points.map(({ attributes, value }) => ({ ...attributes, count: countOf(value) ?? 0 }));
    expect(found.reduce((sum, each) => sum + each.count, 0)).toBe(count);
    return found;
  });
}

function restart(config: HttpInstrumentationConfig = {}): void {
  instrumentation.disable();
  use(config, collecting);
}

const received = {
  "http.request.method": "GET",
  "url.scheme": "http",
  "network.protocol.version": "1.1",
};
const sent = () => ({ "http.request.method": "GET", "server.address": "127.0.0.1", "server.port": port });

/** Sends `text` unchanged, and returns everything received until the connection ends. */
async function raw(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8").end(text);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

test("requests of one connection are recorded separately, including pipelined ones", async () => {
  await raw("GET / HTTP/1.1\r\nhost: shop\r\n\r\n".repeat(3));
  expect(await recorded("server", 3)).toEqual([{ ...received, "http.response.status_code": 200, count: 3 }]);
});

test("the protocol version is that of the request", async () => {
  await raw("GET / HTTP/1.0\r\n\r\n");
  expect(await recorded("server", 1)).toEqual([
    { ...received, "network.protocol.version": "1.0", "http.response.status_code": 200, count: 1 },
  ]);
});

test("each of many routes is recorded, beyond the number of handles that are kept, too", async () => {
  const requests = Array.from({ length: 150 }, (_, i) => `GET /route/${i} HTTP/1.1\r\nhost: shop\r\n\r\n`);
  await raw(requests.join(""));
  await raw(requests.join(""));
  const found = await recorded("server", 300);
  expect(found).toHaveLength(150);
  expect(found[149]).toEqual({
    ...received,
    "http.route": "/route/149",
    "http.response.status_code": 200,
    count: 2,
  });
  expect(
    await collecting.point("http.server.requests", {
      "http.request.method": "GET",
      "http.response.status_code": 200,
    }),
  ).toBe(300);
});

test("input that is not HTTP is not recorded", async () => {
  expect(await raw("nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  await raw("GET / HTTP/1.1\r\nhost: shop\r\n\r\n");
  expect(await recorded("server", 1)).toHaveLength(1);
});

test("a status outside of HTTP's range is an error without a status", async () => {
  await raw("GET /odd HTTP/1.1\r\nhost: shop\r\n\r\n");
  expect(await recorded("server", 1)).toEqual([{ ...received, "error.type": "799", count: 1 }]);
});

test("the status is the one that was sent, whatever an error handler sets later", async () => {
  await raw("GET /error HTTP/1.1\r\nhost: shop\r\n\r\n");
  expect(await recorded("server", 1)).toEqual([{ ...received, "http.response.status_code": 200, count: 1 }]);
});

test("a request lasts from its start, before its body is passed", async () => {
  const asked = request(`${url}/upload`, { method: "PUT" });
  asked.write("half");
  await setTimeout(50);
  const [response] = await once(asked.end("half"), "response");
  response.resume();
  await recorded("client", 1);
  const [point] = await collecting.points("http.client.request.duration");
  expect(sumOf(point?.value)).toBeGreaterThan(0.045);
});

test("from Node.js 22 on, a request includes its wait for a connection of its agent", async () => {
  const agent = new Agent({ maxSockets: 1 });
  const answers = [get(`${url}/hang`, { agent }), get(url, { agent })].map((asked) =>
    once(asked, "response"),
  );
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  await setTimeout(50);
  unanswered[0]!.end();
  for (const answer of answers) (await answer)[0].resume();
  await recorded("client", 2);
  const [point] = await collecting.points("http.client.request.duration");
  // Node.js 20 does not publish the start of a request.
  const isWaitKnown = !process.version.startsWith("v20.");
  expect(sumOf(point?.value)).toBeGreaterThan(isWaitKnown ? 0.09 : 0.045);
});

test("a client that disconnects before or during the response is an aborted request", async () => {
  const asked = get(`${url}/hang`).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  asked.destroy();
  expect(await recorded("server", 1)).toEqual([{ ...received, "error.type": "aborted", count: 1 }]);
  expect(await recorded("client", 1)).toEqual([{ ...sent(), "error.type": "ECONNRESET", count: 1 }]);

  const [response] = await once(get(`${url}/half`), "response");
  response.on("error", () => {}).destroy();
  expect(await recorded("server", 2)).toContainEqual({
    ...received,
    "http.response.status_code": 200,
    "error.type": "aborted",
    count: 1,
  });
  expect(await recorded("client", 2)).toContainEqual({
    ...sent(),
    "http.response.status_code": 200,
    "network.protocol.version": "1.1",
    "error.type": "aborted",
    count: 1,
  });
});

test("a server that disconnects before or during the response is an error of the request", async () => {
  const failed = once(get(`${url}/hang`), "error");
  const half = await fetch(`${url}/half`);
  await vi.waitFor(() => expect(unanswered).toHaveLength(2));
  server.closeAllConnections();
  await expect(half.text()).rejects.toThrow("terminated");
  await failed;
  const found = await recorded("client", 2);
  expect(found).toContainEqual({ ...sent(), "error.type": "ECONNRESET", count: 1 });
  expect(found).toContainEqual({
    ...sent(),
    "http.response.status_code": 200,
    "error.type": "UND_ERR_SOCKET",
    count: 1,
  });
});

test("an unreachable server is named by the requested port", async () => {
  await once(get("http://127.0.0.1:1/"), "error");
  const to = { "server.address": "127.0.0.1", "server.port": 1 };
  expect(await recorded("client", 1)).toEqual([
    { "http.request.method": "GET", ...to, "error.type": "ECONNREFUSED", count: 1 },
  ]);
  await expect(new Pool("http://127.0.0.1:1").request({ path: "/", method: "GET" })).rejects.toThrow(
    "ECONNREFUSED",
  );
  expect(await recorded("client", 2)).toEqual([
    { "http.request.method": "GET", ...to, "error.type": "ECONNREFUSED", count: 2 },
  ]);
});

test("a header set by the application does not name the server", async () => {
  const asked = request(url, { headers: { host: "shop.example:8080" } });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  expect(await recorded("client", 1)).toEqual([
    { ...sent(), "http.response.status_code": 200, "network.protocol.version": "1.1", count: 1 },
  ]);
});

test("IPv6 addresses have no brackets, and Unix sockets no port", async () => {
  await once(get("http://[::1]:1/"), "error");
  await expect(fetch("http://[::1]:9999/")).rejects.toThrow("fetch failed");
  await once(get({ socketPath: "/none.sock" }), "error");
  const servers = (await recorded("client", 3)).map((each) => [
    fieldOf(each, "server.address"),
    fieldOf(each, "server.port"),
  ]);
  expect(servers).toEqual([
    ["::1", 1],
    ["::1", 9999],
    ["/none.sock", undefined],
  ]);
});

test("a request through a proxy names the server that it is for", async () => {
  // As axios sends it: the whole URL, to the proxy.
  const asked = request(url, {
    path: "http://shop.example:8080/orders",
    headers: { host: "shop.example:8080" },
  });
  asked.end();
  (await once(asked, "response"))[0].resume();
  expect(await recorded("client", 1)).toMatchObject([
    { "server.address": "shop.example", "server.port": 8080, "http.response.status_code": 200 },
  ]);
});

test("servers are remembered as one object each, also on Unix sockets and after many others", () => {
  const servers = new RequestedServers();
  const socket = (): object =>
    servers.of(new ClientRequest({ socketPath: "/none.sock" }).on("error", () => {}));
  expect(socket()).toBe(socket());
  const first = servers.ofText("http://shop-0.example", serverFromOrigin);
  for (let i = 1; i < 2_000; i++) servers.ofText(`http://shop-${i}.example`, serverFromOrigin);
  expect(servers.ofText("http://shop-0.example", serverFromOrigin)).toBe(first);
});

test.each([
  [{ "x-forwarded-proto": "https" }, "https"],
  [{ "X-Forwarded-Proto": "HTTPS , http" }, "https"],
  [{ forwarded: 'for=192.0.2.60;proto="https";by=203.0.113.43, for=198.51.100.17;proto=http' }, "https"],
  [{ "x-forwarded-proto": "http", forwarded: "proto=https" }, "http"],
  [{ "x-forwarded-proto": "javascript" }, "http"],
])("the scheme of a request with %j is %s", async (headers, scheme) => {
  const asked = request(url, { headers });
  asked.end();
  (await once(asked, "response"))[0].resume();
  expect(await recorded("server", 1)).toMatchObject([{ "url.scheme": scheme }]);
});

test("servers beyond the first hundred share one name", async () => {
  const lookup: LookupFunction = (_, { all }, found) => {
    if (all === true) found(null, [{ address: "127.0.0.1", family: 4 }]);
    else found(null, "127.0.0.1", 4);
  };
  for (let i = 0; i < 105; i++) await once(get(`http://shop-${i}.example:1/`, { lookup }), "error");
  const found = await recorded("client", 105);
  expect(found).toHaveLength(101);
  expect(found).toContainEqual({
    "http.request.method": "GET",
    "server.address": "_other",
    "error.type": "ECONNREFUSED",
    count: 5,
  });
});

test("upgrades and tunnels are not timed, and leave nothing behind", async () => {
  const leave = (_: unknown, socket: Socket): void => {
    socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  };
  server.on("upgrade", leave);
  server.on("connect", (_, socket: Socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  const headers = { connection: "upgrade", upgrade: "websocket" };
  const [, socket] = await once(get(url, { headers }), "upgrade");
  socket.destroy();
  await once(request(url, { method: "CONNECT", path: "shop:80" }).end(), "connect");
  await raw("GET / HTTP/1.1\r\nhost: shop\r\n\r\n");
  expect(await recorded("server", 1)).toHaveLength(1);
  expect(await collecting.points("http.client.request.duration")).toEqual([]);
});

test("an upgrade that the server ignores is an ordinary request", async () => {
  await raw("GET / HTTP/1.1\r\nhost: shop\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
  expect(await recorded("server", 1)).toEqual([{ ...received, "http.response.status_code": 200, count: 1 }]);
});

test.each([
  { durations: [], names: [] },
  { durations: ["undici"], names: ["http.client.request.duration"] },
] as const)(
  "only durations of $durations are recorded if the option says so",
  async ({ durations, names }) => {
    instrumentation.setConfig({ durations });
    const response = get(url);
    (await once(response, "response"))[0].resume();
    await (await fetch(url)).text();
    for (const name of ["http.server.request.duration", "http.client.request.duration"]) {
      expect((await collecting.points(name)).map(({ value }) => countOf(value))).toEqual(
        names.some((recordedName) => recordedName === name) ? [1] : [],
      );
    }
  },
);

test("an unknown source of durations is refused", () => {
  expect(() => instrumentation.setConfig(JSON.parse('{ "durations": ["http2"] }'))).toThrow(
    'a list of "http" and "undici"',
  );
});

test("responses whose listeners the application removes end on both sides, with their own durations", async () => {
  const agent = new Agent({ keepAlive: true });
  server.removeAllListeners("request").on("request", (_, response: ServerResponse) => {
    response.write("data: 1\n\n");
    response.removeAllListeners("close").end();
  });
  for (let i = 0; i < 3; i++) {
    const asked = get(url, { agent });
    const [response] = await once(asked, "response");
    response.removeAllListeners("close");
    await once(response.resume(), "end");
    // The connection stays open.
    await setTimeout(50);
  }
  for (const side of ["server", "client"] as const) {
    await recorded(side, 3);
    const [point] = await collecting.points(`http.${side}.request.duration`);
    expect(sumOf(point?.value)).toBeLessThan(side === "server" ? 0.1 : 1);
    const active = await collecting.points(`http.${side}.active_requests`);
    expect(active.map(({ value }) => value)).toEqual([0]);
  }
  agent.destroy();
});

test("a connection that is lost ends its requests, also without listeners of their responses", async () => {
  const asked = get(`${url}/hang`).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  unanswered[0]?.removeAllListeners("close");
  asked.destroy();
  expect(await recorded("server", 1)).toMatchObject([{ "error.type": "aborted" }]);
});

test("after a restart, requests keep their method, their protocol and their route", async () => {
  const asked = get(`${url}/changed`);
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  restart();
  restart();
  unanswered[0]!.end();
  const [response] = await once(asked, "response");
  response.resume();
  const expected = { ...received, "http.route": "/orders/:id", "http.response.status_code": 200 };
  expect(await recorded("server", 1)).toEqual([{ ...expected, count: 1 }]);
  expect(await collecting.points("http.server.requests")).toEqual([
    expect.objectContaining({
      attributes: { "http.request.method": "GET", "http.response.status_code": 200 },
      value: 1,
    }),
  ]);
});

test("after a restart, frameworks continue to note the routes of earlier requests", async () => {
  const asked = get(`${url}/hang`);
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  restart();
  noteRoute(routingOf(unanswered[0]!.req), "/later");
  unanswered[0]!.end();
  const [response] = await once(asked, "response");
  response.resume();
  expect(await recorded("server", 1)).toEqual([expect.objectContaining({ "http.route": "/later" })]);
});

test("without durations, restarts add one listener of a response's close", async () => {
  get(`${url}/hang`).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  const before = unanswered[0]!.listenerCount("close");
  for (let i = 0; i < 3; i++) restart({ durations: [] });
  expect(unanswered[0]!.listenerCount("close")).toBe(before + 1);
});
