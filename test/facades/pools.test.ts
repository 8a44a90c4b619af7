import { once } from "node:events";
import { Agent, createServer as createHttpServer, get } from "node:http";
import { createServer, type Server } from "node:net";
import { createPool } from "mysql2";
import { createPool as createPromisePool } from "mysql2/promise";
import { httpAgent, mysqlPool, Network, undiciPool } from "tachymeter/facades";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { Pool as UndiciPool } from "undici";
import { addressOf } from "../kit/address-of.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { application } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { callWith } from "./call-with.ts";
import { needsPostgres, startPostgres } from "../servers/postgres.ts";

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return addressOf(server).port;
}

function watched(): { network: Network; figures: (name: string) => Promise<unknown[]> } & Pick<
  ReturnType<typeof collectingProvider>,
  "points" | "point"
> {
  const { provider, points, point } = collectingProvider();
  const figures = (name: string): Promise<unknown[]> =>
    Promise.all(
      ["size", "idle", "waiting"].map((part) =>
        point(`connection.pool.${part}`, { "connection.pool.name": name }),
      ),
    );
  return { network: new Network({ meterProvider: provider }), figures, points, point };
}

let cwd = "";

beforeAll(async () => {
  cwd = await application({
    "app.mjs": `import pg from "pg";
import { start } from "tachymeter";
import { pgPool } from "tachymeter/facades";

const telemetry = start({ readers: [], host: false, runtime: false });
const pool = new pg.Pool({ ...JSON.parse(process.argv[2]), max: 2 });
telemetry.network.watchPool("shop", pgPool(pool));
const show = async () => {
  const { metrics } = await telemetry.snapshot();
  const values = ["size", "idle", "waiting"].map((part) => metrics[\`connection_pool_\${part}{connection_pool_name="shop"}\`].value);
  console.log(values.join(" "));
};
await show();
const [first, second] = await Promise.all([pool.connect(), pool.connect()]);
const third = pool.query("select 1 as one");
await show();
first.release();
console.log((await third).rows[0].one);
second.release();
await show();
await pool.end();`,
  });
});

test("a pool is observed under its name until it is removed", async () => {
  const { network, figures, points } = watched();
  const remove = network.watchPool("orders", () => ({ size: 5, idle: 2, waiting: 1 }));
  expect(await figures("orders")).toEqual([5, 2, 1]);
  const removeLater = network.watchPool("orders", () => ({ size: 6, idle: 0, waiting: 9 }));
  remove();
  expect(await figures("orders")).toEqual([6, 0, 9]);
  removeLater();
  expect(await points("connection.pool.size")).toEqual([]);
});

test.each([undefined, null, {}, "pool"])("%j is refused as a pool", (pool) => {
  const { network } = watched();
  expect(() => callWith(network, "watchPool", "orders", pool)).toThrow(TypeError);
  expect(() => callWith(network, "watchPool", "orders", pool)).toThrow(
    'watchPool: argument "pool" must be a function, got',
  );
});

test("a pool that throws, or has an invalid number, is left out and counted; the others are observed", async () => {
  const { network, figures, point } = watched();
  network.watchPool("broken", () => {
    throw new Error("gone");
  });
  // @ts-expect-error: callers without types may give anything.
  network.watchPool("odd", () => ({ size: "many", idle: 1 }));
  network.watchPool("good", () => ({ size: 1, idle: 1, waiting: 0 }));
  expect(await figures("good")).toEqual([1, 1, 0]);
  expect(await point("telemetry.dropped", { reason: "callback_error" })).toBeGreaterThan(0);
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBeGreaterThan(0);
});

test("a pool beyond 1,000 is refused with a remedy that fits", () => {
  const warnings = collectWarnings();
  const { network } = watched();
  for (let i = 0; i <= 1_000; i++) network.watchPool(`pool${i}`, () => ({ size: 1, idle: 1, waiting: 0 }));
  expect(warnings).toEqual([
    'instrument "connection.pool.size": dropped "pool1000" (invalid_name); use at most 1,000 pools, or remove those that are gone; this is logged once',
  ]);
});

test("an agent of node:http is read as a pool", async () => {
  const answers: (() => void)[] = [];
  const port = await listening(createHttpServer((_request, response) => answers.push(() => response.end())));
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  onTestFinished(() => agent.destroy());
  const { network, figures } = watched();
  network.watchPool("outgoing", httpAgent(agent));
  for (let i = 0; i < 3; i++) get({ port, agent }, (response) => response.resume());
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(await figures("outgoing")).toEqual([2, 0, 1]);
  for (const answer of answers.splice(0)) answer();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers[0]?.();
  await vi.waitFor(async () => expect(await figures("outgoing")).toEqual([2, 2, 0]));
});

test("a pool of undici is read", async () => {
  const answers: (() => void)[] = [];
  const port = await listening(createHttpServer((_request, response) => answers.push(() => response.end())));
  const pool = new UndiciPool(`http://127.0.0.1:${port}`, { connections: 2 });
  onTestFinished(() => pool.destroy());
  const { network, figures } = watched();
  network.watchPool("search", undiciPool(pool));
  const requests = [1, 2, 3].map(async () => (await pool.request({ path: "/", method: "GET" })).body.text());
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(await figures("search")).toEqual([2, 0, 1]);
  for (const answer of answers.splice(0)) answer();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers[0]?.();
  await Promise.all(requests);
  await vi.waitFor(async () => expect(await figures("search")).toEqual([2, 2, 0]));
});

test.each(["callbacks", "promises"])("a pool of mysql2 of %s is read", async (kind) => {
  // It accepts connections and never sends anything, so that all of them stay pending.
  const port = await listening(createServer((socket) => void socket.on("error", () => {}).resume()));
  const options = { host: "127.0.0.1", port, connectionLimit: 2, connectTimeout: 60_000 };
  const pool = kind === "callbacks" ? createPool(options) : createPromisePool(options);
  const core = "pool" in pool ? pool.pool : pool;
  for (let i = 0; i < 3; i++) core.getConnection(() => {});
  const { network, figures } = watched();
  network.watchPool("shop", mysqlPool(pool));
  expect(await figures("shop")).toEqual([2, 0, 1]);
});

test("a pool of pg at a real server is read", async (context) => {
  needsPostgres(context);
  const server = await startPostgres();
  const output = await outputOf(runNode({ args: ["app.mjs", JSON.stringify(server)], cwd }));
  expect(output.trim().split("\n")).toEqual(["0 0 0", "2 0 1", "1", "2 2 0"]);
});
