import { once } from "node:events";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeZookeeperClient as instrumented } from "../../../instrumentations/node-zookeeper-client/index.ts";
import { begin } from "../../../instrumentations/node-zookeeper-client/instrumentation.ts";
import { needsZookeeper, startZookeeper, type Zookeeper } from "../../servers/zookeeper.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const zookeeper: typeof import("node-zookeeper-client") = require("node-zookeeper-client");
instrumentation.disable();
const queue = (): unknown =>
  Reflect.get(require("node-zookeeper-client/lib/ConnectionManager.js").prototype, "queue");
const untouched = queue();

let server: Zookeeper;
const collecting = measured(instrumentation);
let client: ReturnType<typeof zookeeper.createClient>;

beforeEach(async (context) => {
  needsZookeeper(context);
  server ??= await startZookeeper("file");
  client = zookeeper.createClient(server.address, { sessionTimeout: 10_000, spinDelay: 10 });
  const connected = once(client, "connected");
  client.connect();
  await connected;
}, 120_000);

afterEach(() => {
  client.close();
});

async function messages(): Promise<Readonly<Record<string, unknown>>> {
  const points = await collecting.points("coordination.messages");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [attributes["coordination.message.type"], value]),
  );
}

const exists = (path: string): Promise<unknown> => promisify(client.exists.bind(client))(path);

test("requests that received a response are counted by type and timed", async () => {
  const path: unknown = await promisify(client.mkdirp.bind(client))("/shop/orders");
  expect(path).toBe("/shop/orders");
  expect(await exists("/shop/orders")).not.toBeNull();
  expect(await promisify(client.getChildren.bind(client))("/shop")).toEqual(["orders"]);
  const transaction = client.transaction().create("/shop/cart").remove("/shop/cart");
  await promisify(transaction.commit.bind(transaction))();
  expect(await messages()).toMatchObject({ create: 2, exists: 1, get_children: 1, multi: 1 });
  const latency = await collecting.point("coordination.message.latency", {
    "coordination.message.type": "create",
  });
  expect(countOf(latency)).toBe(2);
});

test("an error of the server is a response, and reaches the callback", async () => {
  await expect(promisify(client.getData.bind(client))("/none")).rejects.toMatchObject({ name: "NO_NODE" });
  expect(await messages()).toEqual({ get_data: 1 });
});

test("a request without a response is not counted", async () => {
  const lost = exists("/shop");
  client.close();
  await expect(exists("/shop")).rejects.toMatchObject({ name: "CONNECTION_LOSS" });
  await lost;
  expect(await messages()).toEqual({ exists: 1 });
});

test("a session that has expired is a lost lease", async () => {
  // A session that the server does not know.
  const options = { sessionId: Buffer.alloc(8, 1), sessionPassword: Buffer.alloc(16, 1) };
  const late = Reflect.apply(zookeeper.createClient, zookeeper, [server.address, options]);
  const expired = once(late, "expired");
  late.connect();
  await expired;
  expect(await collecting.point("coordination.leases.lost")).toBe(1);
  late.close();
});

test("disabling restores the original functions", async () => {
  expect(queue()).not.toBe(untouched);
  instrumentation.disable();
  expect(queue()).toBe(untouched);
  await exists("/shop");
  expect(await messages()).toEqual({});
});
