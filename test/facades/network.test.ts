import { subscribe, unsubscribe } from "node:diagnostics_channel";
import http, { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server } from "node:net";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { isTracingSuppressed } from "@opentelemetry/core";
import fc from "fast-check";
import { getNetworkCollector, Health, Network } from "tachymeter/facades";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { certificate } from "../kit/certificate.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { application } from "../kit/packed-project.ts";
import { freePort, outputOf, runNode } from "../kit/process.ts";
import { callWith } from "./call-with.ts";
import { addressOf } from "../kit/address-of.ts";

const TARGET = "network.target";
const CHECKS = "network.checks";
const TCP = "network.tcp.connect.duration";
const HTTP = "network.http.request.duration";

interface Measured extends Collecting {
  readonly network: Network;
}

function measured(): Measured {
  const collecting = collectingProvider();
  const network = new Network({ meterProvider: collecting.provider });
  onTestFinished(() => network.stop());
  return { ...collecting, network };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  return addressOf(server).port;
}

async function httpServer(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createHttpServer(answer))}`;
}

let cwd = "";

beforeAll(async () => {
  cwd = await application({
    "probe.mjs": `import { Network } from "tachymeter/facades";
const metric = await new Network().measureHttpRequest(process.argv[2]);
console.log(JSON.stringify(metric));`,
  });
});

test("a TCP connection is timed, recorded and closed again", async () => {
  const { network, point } = measured();
  let closed = 0;
  const port = await listening(createServer((socket) => void socket.on("close", () => closed++).resume()));
  const metric = await network.measureTcpLatency("localhost", port);
  const target = `localhost:${port}`;
  expect(metric).toMatchObject({ name: TCP, unit: "s", source: "network", tags: { [TARGET]: target } });
  expect(metric?.value).toBeGreaterThan(0);
  expect(metric?.value).toBeLessThan(5);
  expect(Object.keys(metric?.context ?? {})).toEqual(["dns", "connect"]);
  expect(await point(CHECKS, { [TARGET]: target, outcome: "success" })).toBe(1);
  expect(await point(TCP, { [TARGET]: target })).toMatchObject({ count: 1, sum: metric?.value });
  expect(network.getCollectedMetrics()).toEqual([metric]);
  expect(network.getCollectedMetrics()).toEqual([]);
  await vi.waitFor(() => expect(closed).toBe(1));
});

test("a refused connection is a failed check, not an exception", async () => {
  const { network, point, points } = measured();
  const port = await freePort();
  expect(await network.measureTcpLatency("127.0.0.1", port)).toBeUndefined();
  expect(await network.measureTcpLatency("no-such-host.invalid", port)).toBeUndefined();
  expect(await point(CHECKS, { [TARGET]: `127.0.0.1:${port}`, outcome: "failure" })).toBe(1);
  expect(await points(TCP)).toEqual([]);
  expect(network.getSuccessRates()).toEqual({
    [`127.0.0.1:${port}`]: 0,
    [`no-such-host.invalid:${port}`]: 0,
  });
});

test("a connection that exceeds the time-out is a failed check", async () => {
  const { network, point } = measured();
  const url = await httpServer(() => {});
  expect(await network.measureHttpRequest(url, 0.05)).toBeUndefined();
  // An address reserved for documentation, to which there is no route.
  expect(await network.measureTcpLatency("192.0.2.1", 9, 0.05)).toBeUndefined();
  expect(await point(CHECKS, { [TARGET]: url, outcome: "failure" })).toBe(1);
});

test("a request is timed phase by phase, whatever the status of its response", async () => {
  const { network, point, points } = measured();
  const url = await httpServer((request, response) => {
    response.statusCode = request.url?.startsWith("/good") === true ? 200 : 404;
    response.end("x".repeat(100_000));
  });
  const { port } = new URL(url);
  const origin = `http://localhost:${port}`;
  const good = await network.measureHttpRequest(`http://user:secret@localhost:${port}/good?token=secret`);
  const bad = await network.measureHttpRequest(new URL(`${origin}/bad`));
  expect(good?.tags).toEqual({ [TARGET]: origin, "http.response.status_code": 200 });
  expect(bad?.tags).toEqual({ [TARGET]: origin, "http.response.status_code": 404 });
  expect(Object.keys(good?.context ?? {})).toEqual(["dns", "connect", "first_byte"]);
  const sum = Object.values(good?.context ?? {}).reduce<number>((all, seconds) => all + Number(seconds), 0);
  expect(sum).toBeLessThanOrEqual(good?.value ?? 0);
  const phases = (await points(HTTP)).filter(
    ({ attributes }) => attributes["http.response.status_code"] === 200,
  );
  expect(phases.map(({ attributes }) => attributes["network.phase"])).toEqual([
    "dns",
    "connect",
    "first_byte",
    "total",
  ]);
  expect(await point(CHECKS, { [TARGET]: origin, outcome: "success" })).toBe(1);
  expect(await point(CHECKS, { [TARGET]: origin, outcome: "failure" })).toBe(1);
  expect(network.getSuccessRates()).toEqual({ [origin]: 0.5 });
});

test.each(["50%off", "a%20b%", "secret"])(
  "a URL with the password %s is requested with it",
  async (password) => {
    const { network } = measured();
    const headers: (string | undefined)[] = [];
    const url = await httpServer((request, response) => {
      headers.push(request.headers.authorization);
      response.end();
    });
    const target = url.replace("://", `://us%65r:${password}@`);
    const watched = network.watchHttp(target);
    onTestFinished(() => watched());
    expect(await watched.check()).toBe(true);
    const sent = `user:${password.replace("%20", " ")}`;
    expect(headers).toEqual([`Basic ${Buffer.from(sent).toString("base64")}`]);
  },
);

test("instrumentations do not record probes", async () => {
  const { network } = measured();
  const url = await httpServer((_request, response) => response.end());
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
  const patched = vi.spyOn(http, "request");
  const seen: string[] = [];
  for (const channel of ["http.client.request.start", "net.client.socket"]) {
    const note = (): void => void seen.push(`${channel} ${isTracingSuppressed(context.active())}`);
    subscribe(channel, note);
    onTestFinished(() => void unsubscribe(channel, note));
  }
  expect(await network.measureHttpRequest(url)).toBeDefined();
  expect(await network.measureTcpLatency("127.0.0.1", Number(new URL(url).port))).toBeDefined();
  expect(seen).toEqual([
    "net.client.socket true",
    "http.client.request.start true",
    "net.client.socket true",
  ]);
  expect(patched).not.toHaveBeenCalled();
});

test("a response that upgrades the protocol is a response too", async () => {
  const { network } = measured();
  const url = await httpServer((request) => {
    request.socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
  });
  const metric = await network.measureHttpRequest(url, 20);
  expect(metric?.tags["http.response.status_code"]).toBe(101);
});

test("at most a mebibyte of an endless response is read, and one that breaks off counts", async () => {
  const { network } = measured();
  const url = await httpServer((request, response) => {
    const write = (): void => {
      if (!response.destroyed) response.write("x".repeat(64 * 1024), () => setImmediate(write));
    };
    if (request.url === "/endless") write();
    else response.writeHead(200, { "content-length": 100 }).write("x", () => response.destroy());
  });
  expect(await network.measureHttpRequest(`${url}/endless`)).toBeDefined();
  expect(await network.measureHttpRequest(`${url}/broken`)).toBeDefined();
});

test("TLS is a separate phase, and an untrusted certificate is a failed check", async () => {
  const { cert, key, certFile } = await certificate();
  const port = await listening(createHttpsServer({ cert, key }, (_request, response) => response.end("ok")));
  const { network } = measured();
  expect(await network.measureHttpRequest(`https://localhost:${port}/`)).toBeUndefined();
  const env = { NODE_EXTRA_CA_CERTS: certFile };
  const output = await outputOf(runNode({ args: ["probe.mjs", `https://localhost:${port}/`], cwd, env }));
  expect(JSON.parse(output)).toMatchObject({
    tags: { [TARGET]: `https://localhost:${port}`, "http.response.status_code": 200 },
    context: { tls: expect.any(Number) },
  });
});

test.each([
  [
    "",
    70_000,
    undefined,
    'argument "host" must be a host name or an IP address, such as "127.0.0.1", got ""',
  ],
  ["db", 70_000, undefined, 'argument "port" must be a whole number from 1 to 65535, got 70000'],
  ["db", 0.5, undefined, 'argument "port" must be a whole number from 1 to 65535, got 0.5'],
  ["db", 5_432, -1, 'argument "timeout" must be a number of seconds above 0, at most 2147483, got -1'],
  [
    "db",
    5_432,
    Number.NaN,
    'argument "timeout" must be a number of seconds above 0, at most 2147483, got NaN',
  ],
])("the arguments of measureTcpLatency(%j, %d, %d) are refused", async (host, port, timeout, message) => {
  const { network } = measured();
  await expect(network.measureTcpLatency(host, port, timeout)).rejects.toThrow(message);
  expect(() => network.watchTcp(host, port, { timeout })).toThrow(message);
});

test.each(["", "nowhere", "ftp://example.com", "/path"])("no request is sent to %j", async (url) => {
  const { network } = measured();
  await expect(network.measureHttpRequest(url)).rejects.toThrow(TypeError);
  await expect(network.measureHttpRequest(url)).rejects.toThrow('measureHttpRequest: argument "url" must be');
  expect(() => network.watchHttp(url)).toThrow('watchHttp: argument "url" must be');
});

test.each(["http://user:secret@db:99999/", "http:///?token=secret", "//user:secret@db/#secret"])(
  "the secrets of an invalid URL are not shown: %j",
  async (url) => {
    const { network } = measured();
    await expect(network.measureHttpRequest(url)).rejects.toThrow(
      'argument "url" must be an http:// or https:// URL, got a string that is not a URL',
    );
    await expect(network.measureHttpRequest(url)).rejects.not.toThrow("secret");
  },
);

test("a watched host is checked at once and at intervals, until the watch is stopped", async () => {
  const { network, point } = measured();
  let connections = 0;
  const port = await listening(createServer((socket) => void (connections++, socket.resume())));
  const watch = network.watchTcp("127.0.0.1", port, { interval: 0.01 });
  await vi.waitFor(() => expect(connections).toBeGreaterThan(3));
  watch();
  // The check that was running may still come, but no other.
  const before = connections;
  const begin = performance.now();
  await vi.waitFor(() => expect(performance.now() - begin).toBeGreaterThan(80));
  expect(connections).toBeLessThanOrEqual(before + 1);
  const outcome = { [TARGET]: `127.0.0.1:${port}`, outcome: "success" };
  await vi.waitFor(async () => expect(await point(CHECKS, outcome)).toBe(connections));
});

test("a stopped watch does not stay healthy: it checks whenever it is asked", async () => {
  const { network } = measured();
  let status = 200;
  const url = await httpServer((_request, response) => void response.writeHead(status).end());
  const watch = network.watchHttp(url);
  expect(await watch.check()).toBe(true);
  watch();
  status = 500;
  expect(await watch.check()).toBe(false);
  status = 200;
  expect(await watch.check()).toBe(true);
});

test("checks of a URL never overlap, and report to a health component", async () => {
  const { network } = measured();
  const waiting: (() => void)[] = [];
  let isGood = true;
  const url = await httpServer((_request, response) => {
    waiting.push(() => response.writeHead(isGood ? 200 : 500).end());
  });
  const watch = network.watchHttp(url, { interval: 0.01 });
  const health = new Health();
  onTestFinished(() => health.stop());
  health.register("search", watch.check, { interval: 0.01 });
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  // Many intervals pass while one check waits for its response.
  const begin = performance.now();
  await vi.waitFor(() => expect(performance.now() - begin).toBeGreaterThan(50));
  expect(waiting).toHaveLength(1);
  waiting.pop()?.();
  await vi.waitFor(() => expect(health.status).toBe("healthy"));
  isGood = false;
  await vi.waitFor(() => {
    waiting.pop()?.();
    expect(health.status).toBe("unhealthy");
  });
});

test("throughput is in bytes per second, on a gauge", async () => {
  const { network, point } = measured();
  const metric = network.measureThroughput(1_000_000, 0.5, "backup");
  expect(metric).toMatchObject({
    name: "network.throughput",
    value: 2_000_000,
    unit: "By/s",
    tags: { "network.operation": "backup" },
    context: { bytes: 1_000_000, seconds: 0.5 },
  });
  expect(await point("network.throughput", { "network.operation": "backup" })).toBe(2_000_000);
  expect(network.getCollectedMetrics()).toEqual([metric]);
});

test("an impossible transfer is dropped and counted", async () => {
  const { network, point, points } = measured();
  for (const [bytes, seconds] of [
    [-1, 1],
    [1, 0],
    [0, 0],
    [Number.NaN, 1],
  ] as const) {
    network.measureThroughput(bytes, seconds, "backup");
  }
  expect(await points("network.throughput")).toEqual([]);
  expect(network.getCollectedMetrics()).toEqual([]);
  const dropped = await Promise.all(
    ["negative", "not_finite", "not_a_number"].map((reason) => point("telemetry.dropped", { reason })),
  );
  expect(dropped).toEqual([1, 1, 2]);
});

test("targets and operations after the first hundred are recorded together", async () => {
  const { network, points } = measured();
  for (let i = 0; i < 150; i++) network.measureThroughput(1, 1, `operation ${i}`);
  const series = await points("network.throughput");
  expect(series).toHaveLength(101);
  expect(series.map(({ attributes }) => attributes["network.operation"])).toContain("_other");
});

test("no call of measureThroughput throws, whatever its arguments", () => {
  const { network } = measured();
  fc.assert(
    fc.property(
      fc.array(fc.anything({ withBigInt: true, withNullPrototype: true }), { maxLength: 3 }),
      (given) => {
        expect(callWith(network, "measureThroughput", ...given)).toHaveProperty("value");
      },
    ),
  );
});

test("each call of the module function creates a new collector", () => {
  expect(getNetworkCollector()).not.toBe(getNetworkCollector());
  expect(getNetworkCollector()).toBeInstanceOf(Network);
});
