import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { MeterProvider } from "tachymeter/metrics";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, runNode } from "../kit/process.ts";

beforeAll(packedProject);

async function endpoint(options: PrometheusExporterOptions = {}): Promise<string> {
  const exporter = new PrometheusExporter({ port: 0, ...options });
  const provider = new MeterProvider({ readers: [exporter] });
  onTestFinished(() => provider.shutdown());
  provider.getMeter("shop").createCounter("orders").add(1);
  await exporter.startServer();
  return exporter.url!;
}

function statusOf(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.once("error", reject);
    asking.end();
  });
}

test("an endpoint listens as soon as it is created", async () => {
  const port = await freePort();
  const exporter = new PrometheusExporter({ port });
  onTestFinished(() => exporter.shutdown());
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/^# no metrics: the exporter has no meter provider yet/);
});

test("scrapes work while timers are faked", async () => {
  const url = await endpoint();
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  expect(await statusOf(url, "localhost")).toBe(200);
});

test("a web page whose host name resolves to this machine gets 421", async () => {
  const url = await endpoint({ allowedHosts: ["metrics.internal"] });
  for (const host of ["localhost:9464", "127.0.0.1", "127.1.2.3:80", "[::1]:9464", "METRICS.internal."]) {
    expect([host, await statusOf(url, host)]).toEqual([host, 200]);
  }
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:9464", "10.0.0.1"]) {
    expect([host, await statusOf(url, host)]).toEqual([host, 421]);
  }
  expect(await statusOf(await endpoint({ bearerToken: "s3cret" }), "evil.example")).toBe(401);
  expect(await statusOf(await endpoint({ host: "0.0.0.0" }), "evil.example")).toBe(200);
  expect(() => new PrometheusExporter({ allowedHosts: ["a:80"] })).toThrow(/allowedHosts/);
});

test.each([
  { health: undefined, variable: "", stranger: 200, authenticated: 200 },
  { health: "authenticated", variable: "", stranger: 401, authenticated: 200 },
  { health: undefined, variable: "authenticated", stranger: 401, authenticated: 200 },
])("with a token and health $health$variable, a probe without it gets $stranger", async (probe) => {
  const { health, variable, ...expected } = probe;
  const port = await freePort();
  const cwd = await application({
    "app.mjs": `
      import { start } from "tachymeter";
      const telemetry = start({ host: false, runtime: false, readers: [
        { type: "prometheus", port: ${port}, bearerToken: "s3cret", ${health === undefined ? "" : `health: "${health}"`} },
      ] });
      telemetry.health.set("database", "degraded", "host db.internal is slow");
      await telemetry.ready;
      console.log("ready");
      process.stdin.resume();`,
  });
  const child = runNode({
    cwd,
    args: ["app.mjs"],
    env: { TACHYMETER_HEALTH_ENDPOINTS: variable },
    openInput: true,
  });
  await child.waitForOutput(/ready/);
  for (const path of ["/livez", "/readyz", "/healthz"]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    expect([path, response.status]).toEqual([path, expected.stranger]);
    const text = await response.text();
    expect(text).not.toMatch(/database|db\.internal/);
    expect(text).toBe(response.ok ? '{"status":"degraded"}\n' : "");
    const known = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization: "Bearer s3cret" },
    });
    expect(known.status).toBe(expected.authenticated);
    expect(await known.text()).toContain("host db.internal is slow");
  }
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
});

async function connections(url: string, count: number, send: (socket: Socket) => void): Promise<Socket[]> {
  const { port } = new URL(url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), "127.0.0.1"));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  for (const socket of sockets) {
    socket.on("error", () => {});
    send(socket);
  }
  return sockets;
}

async function admitted(url: string, authorization = ""): Promise<number> {
  const response = await fetch(url, { headers: { authorization, connection: "close" } });
  await response.text();
  return response.status;
}

test("256 connections that were refused, or that send nothing, block no other client", async () => {
  const url = await endpoint({ bearerToken: "s3cret" });
  await connections(url, 256, (socket) => socket.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  expect(await admitted(url, "Bearer s3cret")).toBe(200);
  await connections(url, 300, () => {});
  expect(await admitted(url, "Bearer s3cret")).toBe(200);
  await connections(url, 300, (socket) => socket.write("GET /metrics HTTP/1.1\r\nX-A"));
  expect(await admitted(url, "Bearer s3cret")).toBe(200);
});

test("a connection whose request was refused is closed", async () => {
  const url = await endpoint({ bearerToken: "s3cret" });
  const [socket] = await connections(url, 1, (each) => {
    each.resume();
    each.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  });
  await expect(once(socket!, "close")).resolves.toBeDefined();
});

test("headers sent line by line are cut off after five seconds", async () => {
  const url = await endpoint();
  const begin = performance.now();
  const [socket] = await connections(url, 1, (each) => {
    each.resume();
    each.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n");
  });
  const dripping = setInterval(() => socket!.write("X-Header: 1\r\n"), 500);
  onTestFinished(() => clearInterval(dripping));
  await once(socket!, "close");
  expect(performance.now() - begin).toBeGreaterThan(4_000);
  await sleep(0);
});
