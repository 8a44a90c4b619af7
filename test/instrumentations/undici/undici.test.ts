import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { createRequire } from "node:module";
import { Client, Pool, request } from "undici";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { undici as instrumented } from "../../../instrumentations/undici/index.ts";
import { begin } from "../../../instrumentations/undici/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { certificate } from "../../kit/certificate.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
instrumentation.disable();

let server: Server;
let port: number;
let pool: Pool;
let collecting: Collecting;
let waiting: ServerResponse[];

beforeEach(async () => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
  waiting = [];
  server = createServer((_, response) => void waiting.push(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = addressOf(server).port;
  pool = new Pool(`http://127.0.0.1:${port}`, { connections: 2 });
});

afterEach(async () => {
  await pool.destroy();
  server.closeAllConnections();
  server.close();
  instrumentation.disable();
});

async function figures(): Promise<Readonly<Record<string, unknown>>> {
  const target = { "server.address": "127.0.0.1", "server.port": port };
  const open = (state: string): Promise<unknown> =>
    collecting.point("http.client.open_connections", { ...target, "http.connection.state": state });
  return {
    idle: await open("idle"),
    active: await open("active"),
    pending: await collecting.point("http.client.pending_requests", target),
  };
}

test("connections are active or idle", async () => {
  const answers = [1, 2].map(async () => (await pool.request({ path: "/", method: "GET" })).body.text());
  await vi.waitFor(() => expect(waiting).toHaveLength(2));
  expect(await figures()).toEqual({ idle: 0, active: 2, pending: 0 });
  for (const response of waiting.splice(0)) response.end("hello");
  expect(await Promise.all(answers)).toEqual(["hello", "hello"]);
  await vi.waitFor(async () => expect(await figures()).toEqual({ idle: 2, active: 0, pending: 0 }));
});

test("a running request over HTTP/2 does not wait, in undici 6 too", async () => {
  const old: typeof import("undici") = createRequire(createRequire(import.meta.url).resolve("ai"))("undici");
  const { cert, key } = await certificate();
  const secure = createSecureServer({ cert, key }, (_, response) => {
    response.write("begun");
    setTimeout(() => response.end(" done"), 1_000);
  }).listen(0, "127.0.0.1");
  await once(secure, "listening");
  const target = { "server.address": "127.0.0.1", "server.port": addressOf(secure).port };
  const client = new old.Client(`https://127.0.0.1:${target["server.port"]}`, {
    allowH2: true,
    connect: { ca: cert },
  });
  onTestFinished(async () => {
    await client.destroy();
    secure.close();
  });
  const { body } = await client.request({ path: "/", method: "GET" });
  expect(await collecting.point("http.client.pending_requests", target)).toBe(0);
  expect(await body.text()).toBe("begun done");
});

test("closed connections, and requests that failed with them, are gone", async () => {
  const answers = [1, 2].map((n) => pool.request({ path: `/${n}`, method: "GET" }));
  const outcomes = Promise.allSettled(answers);
  await vi.waitFor(() => expect(waiting).toHaveLength(2));
  expect(await figures()).toEqual({ idle: 0, active: 2, pending: 0 });
  await pool.destroy();
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await vi.waitFor(async () => expect(await figures()).toEqual({ idle: 0, active: 0, pending: 0 }));
});

test("the time that a connection was open is recorded when it is closed, also after a restart", async () => {
  const durations = async (): Promise<unknown> =>
    countOf(
      await collecting.point("http.client.connection.duration", {
        "server.address": "127.0.0.1",
        "server.port": port,
        "network.protocol.version": "1.1",
      }),
    );
  const other = new Pool(`http://127.0.0.1:${port}`);
  const outcomes = Promise.allSettled(
    [pool, other].map((each) => each.request({ path: "/", method: "GET" })),
  );
  await vi.waitFor(() => expect(waiting).toHaveLength(2));
  expect(await durations()).toBeUndefined();
  await other.destroy();
  await vi.waitFor(async () => expect(await durations()).toBe(1));
  instrumentation.disable();
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
  await pool.destroy();
  await vi.waitFor(async () => expect(await durations()).toBe(1));
  await outcomes;
});

test("a request waits for its client's connection, and an aborted one no longer does", async () => {
  const client = new Client(`http://127.0.0.1:${port}`);
  const controller = new AbortController();
  const path = { path: "/", method: "GET" } as const;
  const answers = Promise.allSettled([
    client.request(path),
    client.request(path),
    client.request({ ...path, signal: controller.signal }),
  ]);
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  expect(await figures()).toEqual({ idle: 0, active: 1, pending: 2 });
  controller.abort();
  for (const response of waiting.splice(0)) response.end();
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  for (const response of waiting.splice(0)) response.end();
  await vi.waitFor(async () => expect(await figures()).toMatchObject({ active: 0, pending: 0 }));
  await client.destroy();
  await answers;
});

test("a refused connection leaves nothing behind", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port: refusing } = addressOf(closed);
  closed.close();
  await expect(request(`http://127.0.0.1:${refusing}/`)).rejects.toThrow("ECONNREFUSED");
  const target = { "server.address": "127.0.0.1", "server.port": refusing };
  expect(await collecting.point("http.client.pending_requests", target)).toBe(0);
});

test("after a restart, open connections and waiting requests are still there", async () => {
  const client = new Client(`http://127.0.0.1:${port}`);
  const path = { path: "/", method: "GET" } as const;
  const answers = Promise.all([client.request(path), client.request(path)]);
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  const expectGauges = restarted(instrumentation, instrumented, begin, {}, { "server.port": port });
  await expectGauges({ "http.client.open_connections": 1, "http.client.pending_requests": 1 });
  waiting.pop()?.end();
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  await expectGauges({ "http.client.open_connections": 1, "http.client.pending_requests": 0 });
  waiting.pop()?.end();
  await answers;
  await client.destroy();
  await expectGauges({ "http.client.open_connections": 0, "http.client.pending_requests": 0 });
});

test("disabled, nothing is observed", async () => {
  instrumentation.disable();
  expect(await collecting.points("http.client.pending_requests")).toEqual([]);
});
