// Options of `http`, and frameworks, with servers of `node:http2`.
import { once } from "node:events";
import {
  type ClientHttp2Session,
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from "node:http2";
import { get } from "node:https";
import { createRequire } from "node:module";
import { getRequestListener } from "@hono/node-server";
import { Agent } from "undici";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HttpInstrumentationConfig } from "../../../instrumentations/http/index.ts";
import { fieldOf } from "../../../instrumentations/shared/fields.ts";
import { certificate } from "../../kit/certificate.ts";
import { ask, Figures, opened, received, respond, sentTo } from "./http2-figures.ts";

const require = createRequire(import.meta.url);

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

function restart(config: HttpInstrumentationConfig): void {
  figures.instrumentation.disable();
  figures = new Figures(config);
}

test("requests of undici by HTTP/2 are counted once", async () => {
  const secure = createSecureServer(await certificate(), (_request, response) => void response.end("ok"));
  const { url: at, session: unused } = await opened(secure, "https");
  unused.destroy();
  const agent = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });
  const { body } = await agent.request({ origin: at, path: "/", method: "GET" });
  expect(await body.text()).toBe("ok");
  expect(await figures.counted("client", 1)).toEqual([["GET", 200, 1]]);
  expect(await figures.timed("server", 1)).toEqual([
    { ...received, "url.scheme": "https", "http.response.status_code": 200, count: 1 },
  ]);
  await agent.destroy();
  secure.close();
});

test("a secure server also serves HTTP/1", async () => {
  const secure = createSecureServer(
    { ...(await certificate()), allowHTTP1: true },
    (_request, response) => void response.end("ok"),
  );
  const { url: at, session: client } = await opened(secure, "https");
  await ask(client, "/");
  const [response] = await once(get(at, { rejectUnauthorized: false, agent: false }), "response");
  await once(response.resume(), "end");
  expect((await figures.timed("server", 2)).map((each) => fieldOf(each, "network.protocol.version"))).toEqual(
    ["2", "1.1"],
  );
  expect((await figures.timed("client", 2)).map((each) => fieldOf(each, "network.protocol.version"))).toEqual(
    ["2", "1.1"],
  );
  client.destroy();
  secure.close();
});

test("own attributes, headers as attributes and ignored requests hold for streams", async () => {
  const attributes = vi.fn<NonNullable<HttpInstrumentationConfig["attributes"]>>((asked, answer) => ({
    path: String(fieldOf(asked, "url") ?? fieldOf(asked, "path")),
    tenant: String(fieldOf(fieldOf(asked, "headers"), "x-tenant")),
    cache: String(fieldOf(fieldOf(answer, "headers"), "x-cache")),
    status: Number(fieldOf(answer, "statusCode")),
  }));
  restart({
    attributes,
    requestHeaders: ["X-Plan"],
    ignore: ["GET /health", (asked) => fieldOf(fieldOf(asked, "headers"), "x-probe") === "yes"],
  });
  const ignored = await Promise.all([
    ask(session, "/health?now"),
    ask(session, "/any", { "x-probe": "yes" }),
  ]);
  expect(ignored).toEqual(["ok", "ok"]);
  attributes.mockClear();
  await ask(session, "/any", { "X-Tenant": "a", "x-plan": "free" });
  const own = { path: "/any", tenant: "a", cache: "hit", status: 200, "http.request.header.x-plan": "free" };
  const ofServer = await figures.timed("server", 1);
  expect(ofServer).toEqual([{ ...received, ...own, "http.response.status_code": 200, count: 1 }]);
  expect(await figures.timed("client", 3)).toContainEqual({
    ...sentTo(url),
    ...own,
    "http.response.status_code": 200,
    count: 1,
  });
  expect(attributes).toHaveBeenCalledTimes(2);
});

test("a request is ignored also while it is active", async () => {
  restart({ ignore: ["/hang"] });
  session.request({ ":path": "/hang" }).on("error", () => {});
  await vi.waitFor(() => expect(unanswered).toHaveLength(1));
  expect(await figures.active("server")).toEqual([]);
});

test("no durations are recorded if another instrumentation records them", async () => {
  restart({ durations: ["undici"] });
  await ask(session, "/");
  expect(await figures.counted("server", 1)).toEqual([["GET", 200, 1]]);
  expect([...(await figures.timed("server", 0)), ...(await figures.timed("client", 0))]).toEqual([]);
});

// Applications of each framework, whose files are loaded after the instrumentation.
const FRAMEWORKS: Readonly<Record<string, () => Promise<Http2Server>>> = {
  fastify: async () => {
    const app = require("fastify")({ http2: true });
    app.get("/shop/:id", () => "ok");
    await app.ready();
    return app.server;
  },
  koa: async () => {
    const Koa = require("koa");
    const { Router } = require("@koa/router");
    const router = new Router({ prefix: "/shop" });
    router.get("/:id", (context: { body: string }) => (context.body = "ok"));
    return createServer(new Koa().use(router.routes()).callback());
  },
  hono: async () => {
    const { Hono } = require("hono");
    const app = new Hono().get("/shop/:id", (context: { text(body: string): unknown }) => context.text("ok"));
    return createServer((request, response) => void getRequestListener(app.fetch)(request, response));
  },
};

test.each(Object.keys(FRAMEWORKS))("requests have the route of %s", async (name) => {
  const framework = await FRAMEWORKS[name]!();
  const { session: client } = await opened(framework);
  const bodies = await Promise.all([1, 2].map((id) => ask(client, `/shop/${id}`)));
  expect(bodies).toEqual(["ok", "ok"]);
  await ask(client, "/elsewhere");
  expect(await figures.timed("server", 3)).toEqual(
    expect.arrayContaining([
      { ...received, "http.route": "/shop/:id", "http.response.status_code": 200, count: 2 },
      { ...received, "http.response.status_code": 404, count: 1 },
    ]),
  );
  client.destroy();
  framework.close();
});

test("a handler of the compatibility API that ends late, or never, is followed to its end", async () => {
  const handled = createServer((request, response) => {
    if (request.url === "/late") setTimeout(() => response.writeHead(202).end("late"), 5);
    if (request.url === "/upload") request.resume().on("end", () => response.end("ok"));
  });
  const { session: client } = await opened(handled);
  const hanging = client.request({ ":path": "/never" });
  hanging.on("error", () => {});
  await ask(client, "/late");
  await ask(client, "/upload", { ":method": "PUT" });
  await vi.waitFor(async () => expect(await figures.active("server")).toContain(1));
  hanging.close(8);
  expect(await figures.counted("server", 3)).toEqual([
    ["GET", 202, 1],
    ["PUT", 200, 1],
    ["GET", "CANCEL", 1],
  ]);
  client.destroy();
  handled.close();
});
