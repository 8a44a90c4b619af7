// The client of a Pushgateway, against a real one, which stores the same for the real package.
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { beforeEach, expect, test } from "vitest";
import own from "../../src/prom-client/index.ts";
import { moduleFor } from "../../src/prom-client/packages.ts";
import { needs } from "../servers/needs.ts";
import { startPushgateway } from "../servers/pushgateway.ts";

// Its types are not assignable to ours.
const require = createRequire(import.meta.url);
const real: typeof own = require("prom-client");
const successor: typeof own = require("@prometheus-io/client");

beforeEach((context) => needs(context, "prometheus-pushgateway"));

async function linesOf(url: string): Promise<readonly string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").filter((line) => /^(?:orders|carts)/.test(line));
}

test.each([
  ["ours", own],
  ["the real package", real],
])("%s: a push adds, replaces and deletes the metrics of its group", async (_, client) => {
  const url = await startPushgateway();
  const registry = new client.Registry();
  const gateway = new client.Pushgateway(url, { timeout: 5_000 }, registry);
  const group = { jobName: "backup", groupings: { host: "db1" } };
  const labels = 'host="db1",instance="",job="backup"';
  const registers = [registry];
  new client.Counter({ name: "orders", help: "h", labelNames: ["a"], registers }).inc({ a: 'x"y' }, 2);
  await gateway.push(group);
  expect(await linesOf(url)).toEqual([`orders{a="x\\"y",${labels}} 2`]);
  registry.clear();
  new client.Gauge({ name: "carts", help: "h", registers }).set(3);
  await gateway.pushAdd(group);
  expect(await linesOf(url)).toEqual([`carts{${labels}} 3`, `orders{a="x\\"y",${labels}} 2`]);
  await gateway.push(group);
  expect(await linesOf(url)).toEqual([`carts{${labels}} 3`]);
  await gateway.delete(group);
  // The server accepts a deletion before it is done.
  await expect.poll(() => linesOf(url)).toEqual([]);
});

test.each([
  ["ours", own],
  ["the real package", real],
])("%s: a registry and groupings that are null are missing", async (_, client) => {
  const url = await startPushgateway();
  new client.Gauge({ name: "carts", help: "h" }).set(3);
  const group: { jobName: string } = JSON.parse('{ "jobName": "backup", "groupings": null }');
  const gateway: typeof real.Pushgateway.prototype = Reflect.construct(client.Pushgateway, [url, {}, null]);
  await gateway.push(group);
  client.register.clear();
  expect(await linesOf(url)).toEqual(['carts{instance="",job="backup"} 3']);
});

test.each([
  ["ours", moduleFor("@prometheus-io/client")],
  ["the real package", successor],
])(
  "%s of the successor: a gateway has the global registry, or the one in place of options",
  async (_, client) => {
    const url = await startPushgateway();
    const registry = new client.Registry();
    new client.Gauge({ name: "carts", help: "h" }).set(3);
    new client.Gauge({ name: "orders", help: "h", registers: [registry] }).set(4);
    await new client.Pushgateway(url).push({ jobName: "global" });
    await new client.Pushgateway(url, registry).push({ jobName: "other" });
    client.register.clear();
    expect(await linesOf(url)).toEqual([
      'carts{instance="",job="global"} 3',
      'orders{instance="",job="other"} 4',
    ]);
  },
);

test("a push whose callback fails closes its connection", async () => {
  const registry = new own.Registry();
  const collect = (): never => {
    throw new Error("no figure");
  };
  new own.Gauge({ name: "carts", help: "h", registers: [registry], collect }).set(1);
  let open = 0;
  const ports: (number | undefined)[] = [];
  const server = createServer((socket) => {
    open++;
    ports.push(socket.remotePort);
    socket.on("error", () => {}).on("close", () => open--);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const gateway = new own.Pushgateway(`http://127.0.0.1:${port}`, {}, registry);
  await expect(gateway.push({ jobName: "job" })).rejects.toThrow("no figure");
  // It is accepted after that of the push.
  const later = connect(port ?? 0, "127.0.0.1");
  await once(later, "connect");
  await expect.poll(() => ports.includes(later.localPort)).toBe(true);
  await expect.poll(() => open).toBe(1);
  later.destroy();
  server.close();
});
