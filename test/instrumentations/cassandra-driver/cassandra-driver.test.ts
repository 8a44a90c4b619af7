import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cassandraDriver as instrumented } from "../../../instrumentations/cassandra-driver/index.ts";
import { begin } from "../../../instrumentations/cassandra-driver/instrumentation.ts";
import { type SmallCassandra, startCassandra } from "../../servers/small-cassandra.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const cassandra: typeof import("cassandra-driver") = createRequire(import.meta.url)("cassandra-driver");
instrumentation.disable();

let server: SmallCassandra;
let client: import("cassandra-driver").Client;
const collecting = measured(instrumentation);

beforeAll(async () => {
  server = await startCassandra();
  client = new cassandra.Client({
    contactPoints: [`127.0.0.1:${server.port}`],
    localDataCenter: "dc1",
    protocolOptions: { port: server.port, maxVersion: 4 },
    isMetadataSyncEnabled: false,
    pooling: { heartBeatInterval: 0 },
  });
  await client.connect();
});

afterAll(async () => {
  await client.shutdown();
  await server.stop();
});

/** The number of operations by name and failure. */
async function operations(): Promise<Readonly<Record<string, unknown>>> {
  const points = await collecting.points("db.client.operation.duration");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      [attributes["db.operation.name"], attributes["error.type"]].join(" ").trim(),
      countOf(value),
    ]),
  );
}

test("requests are recorded by operation and node, and none of the driver's own", async () => {
  await Promise.all([client.execute("SELECT * FROM shop.carts"), client.execute("select 1 from shop.carts")]);
  await new Promise((resolve) => {
    void client.execute("INSERT INTO shop.carts (id) VALUES (1)", resolve);
  });
  await client.batch(["UPDATE shop.carts SET a = 1 WHERE id = 1"], {});
  expect(await operations()).toEqual({ SELECT: 2, INSERT: 1, BATCH: 1 });
  const attributes = {
    "db.system.name": "cassandra",
    "db.operation.name": "SELECT",
    "server.address": "127.0.0.1",
    "server.port": server.port,
  };
  expect(countOf(await collecting.point("db.client.operation.duration", attributes))).toBe(2);
});

test("a failure has the number of the node's error, and the application gets the same", async () => {
  await expect(client.execute("SELECT broken")).rejects.toMatchObject({ code: 8_704, message: "told to" });
  expect(await operations()).toEqual({ "SELECT 8704": 1 });
  const [point] = await collecting.points("db.client.operation.duration");
  expect(point?.attributes).toMatchObject({ "db.response.status_code": "8704" });
});

test("while it is disabled, nothing is recorded", async () => {
  instrumentation.disable();
  await client.execute("SELECT * FROM shop.carts");
  instrumentation.enable();
  expect(await operations()).toEqual({});
});
