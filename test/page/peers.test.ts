// Other instances, shown by one server.
import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import { metrics } from "@opentelemetry/api";
import { OptionsError, start } from "tachymeter";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Peer } from "../../src/page/protocol.ts";
import { addressOf } from "../kit/address-of.ts";
import { freePort } from "../kit/process.ts";
import { EventStream } from "./kit/event-stream.ts";
import { plainRequest, type ServedPage, servedPage } from "./kit/served-page.ts";

/** A page that shows itself as its first other instance, and further ones. */
async function pageWithPeers(others: readonly string[] = [], token?: string): Promise<ServedPage> {
  const port = await freePort();
  return servedPage({
    readers: [{ type: "prometheus", port, ...(token !== undefined && { bearerToken: token }) }],
    page: { peers: [`http://127.0.0.1:${port}`, ...others] },
  });
}

/** A server of another program. */
async function stranger(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${addressOf(server).port}`;
}

async function listed(url: string): Promise<readonly Peer[]> {
  const { status, body } = await plainRequest(`${url}/page/peers`);
  expect(status).toBe(200);
  return JSON.parse(body);
}

test("each instance is listed with its state, or with the reason of its absence", async () => {
  const closed = `http://127.0.0.1:${await freePort()}`;
  const secret = await stranger((_, response) => void response.writeHead(401).end());
  const bare = await stranger((_, response) => void response.writeHead(404).end());
  const foreign = await stranger(
    (_, response) => void response.end('{"service":["x"],"alerts":{},"members":7}'),
  );
  const garbage = await stranger((_, response) => void response.end("<script>alert(1)</script>"));
  const { url, telemetry } = await pageWithPeers([closed, secret, bare, foreign, garbage]);
  telemetry.health.set("database", "degraded", "slow");
  const found = await listed(url);
  expect(found).toEqual([
    { url, service: "shop", version: "", health: "degraded", firing: 0, pending: 0, members: 1 },
    { url: closed, problem: expect.stringContaining("ECONNREFUSED") },
    { url: secret, problem: "it asks for other credentials than this endpoint" },
    { url: bare, problem: "it has no live page; see option page" },
    { url: foreign, service: "", version: "", firing: 0, pending: 0, members: 0 },
    { url: garbage, problem: "it sent no status" },
  ]);
});

test("views, streams and explanations of another instance are those that it serves itself", async () => {
  const { url } = await pageWithPeers();
  metrics.getMeter("app").createCounter("sold").add(3);
  const stream = await EventStream.open(`${url}/page/stream?view=overview&range=5m&peer=0`);
  expect(stream.response.headers["content-type"]).toBe("text/event-stream");
  expect(await stream.next("status")).toMatchObject({ service: "shop", peers: 1 });
  const parameters = `view=instrument%2Fsold&from=${Math.floor(Date.now() / 1_000) - 60}&to=${Math.floor(Date.now() / 1_000)}`;
  const [own, other] = await Promise.all(
    ["", "&peer=0"].map((peer) => plainRequest(`${url}/page/view?${parameters}${peer}`)),
  );
  expect(other?.status).toBe(200);
  expect(Object.keys(JSON.parse(other?.body ?? ""))).toEqual(Object.keys(JSON.parse(own?.body ?? "")));
  expect(await plainRequest(`${url}/page/explain?alert=none&peer=0`)).toMatchObject({
    status: 502,
    body: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+: /),
  });
});

test("a session of this page is one of other instances with the same token, and of no others", async () => {
  const other = await stranger((request, response) => {
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ service: request.headers.cookie }));
  });
  const { url, telemetry } = await pageWithPeers([other], "the-token-of-the-endpoint");
  expect(await plainRequest(`${url}/page/peers`)).toMatchObject({ status: 401 });
  const { headers } = await plainRequest(telemetry.pageUrl ?? "");
  const cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const { body } = await plainRequest(`${url}/page/peers`, { headers: { cookie } });
  expect(JSON.parse(body)).toMatchObject([{ url, service: "shop" }, { url: other }]);
});

test("the server asks the configured instances alone, and pages of other sites none", async () => {
  const { url } = await pageWithPeers();
  for (const peer of ["1", "-1", "x", "http://127.0.0.1", "__proto__"])
    expect(await plainRequest(`${url}/page/view?view=overview&from=0&peer=${peer}`)).toMatchObject({
      status: 404,
    });
  const headers = { "sec-fetch-site": "cross-site" };
  for (const path of ["peers", "status", "view?peer=0", "stream?peer=0", "explain?peer=0"])
    expect(await plainRequest(`${url}/page/${path}`, { headers })).toMatchObject({ status: 403 });
});

test("without other instances the list is empty", async () => {
  const { url } = await servedPage();
  expect(await plainRequest(`${url}/page/peers`)).toMatchObject({ status: 200, body: "[]" });
  expect(await plainRequest(`${url}/page/view?view=overview&from=0&peer=0`)).toMatchObject({ status: 404 });
});

test("the page goes on if an instance hangs, sends a page or ends in the middle", async () => {
  const hanging = await stranger(() => {});
  const page = await stranger(
    (_, response) => void response.setHeader("content-type", "text/html").end("<b>"),
  );
  const cut = await stranger((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("event: status\n");
    setTimeout(() => response.destroy(), 50);
  });
  const { url } = await pageWithPeers([hanging, page, cut]);
  expect(await plainRequest(`${url}/page/stream?view=overview&peer=2`)).toMatchObject({ status: 502 });
  const stream = await EventStream.open(`${url}/page/stream?view=overview&peer=3`);
  await vi.waitFor(() => expect(stream.isClosed).toBe(true), { timeout: 10_000 });
  expect(await plainRequest(`${url}/page/stream?view=overview&peer=1`)).toMatchObject({
    status: 502,
    body: `${hanging}: no response within 5 s\n`,
  });
});

test("addresses are checked", () => {
  for (const peers of [
    "http://a",
    ["a"],
    ["http://user:password@a"],
    Array.from({ length: 51 }, () => "http://a"),
  ])
    expect(() => Reflect.apply(start, undefined, [{ page: { peers } }])).toThrow(OptionsError);
});
