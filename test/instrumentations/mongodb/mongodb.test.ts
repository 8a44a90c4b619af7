import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer, type Socket } from "node:net";
import type { Collection, MongoClient } from "mongodb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mongoDb as instrumented } from "../../../instrumentations/mongodb/index.ts";
import { begin } from "../../../instrumentations/mongodb/instrumentation.ts";
import { type MongoDb, startMongoDb } from "../../servers/mongodb.ts";
import { operationAttributes, operationCounts, poolFigures, poolTimes } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const mongodb: typeof import("mongodb") = require("mongodb");
instrumentation.disable();
const command = (): unknown => {
  const { Connection }: { Connection: { prototype: object } } = require("mongodb/lib/cmap/connection.js");
  return Reflect.get(Connection.prototype, "command");
};
const untouched = command();

let server: MongoDb;
const collecting = measured(instrumentation);
let client: MongoClient;

beforeEach(async (context) => {
  server ??= await startMongoDb(context, "file");
  client = new mongodb.MongoClient(server.url);
}, 120_000);

afterEach(async () => {
  await client.close();
});

function collection(name: string): Collection<{ sku?: string }> {
  return client.db("shop").collection(name);
}

test("a command is recorded once, with its collection, database and server, and the driver's own are not recorded", async () => {
  const orders = collection("orders");
  await orders.insertOne({ sku: "a" });
  await orders.insertMany([{ sku: "b" }, { sku: "c" }]);
  expect(await orders.find().toArray()).toHaveLength(3);
  await orders.updateOne({ sku: "a" }, { $set: { sku: "d" } });
  await client.db("shop").command({ ping: 1 });
  await client.close();
  expect(await operationCounts(collecting)).toEqual({ insert: 2, find: 1, update: 1, ping: 1 });
  const target = { "db.namespace": "shop", "server.address": "127.0.0.1", "server.port": server.port };
  expect(await operationAttributes(collecting, "insert")).toEqual({
    "db.system.name": "mongodb",
    "db.operation.name": "insert",
    "db.collection.name": "orders",
    ...target,
  });
  expect(await operationAttributes(collecting, "ping")).toEqual({
    "db.system.name": "mongodb",
    "db.operation.name": "ping",
    ...target,
  });
});

test("further batches of a cursor count for its collection", async () => {
  await collection("cards").insertMany([{}, {}, {}]);
  expect(await collection("cards").find({}, { batchSize: 2 }).toArray()).toHaveLength(3);
  expect(await operationCounts(collecting)).toMatchObject({ insert: 1, find: 1, getMore: 1 });
  expect(await operationAttributes(collecting, "getMore")).toMatchObject({ "db.collection.name": "cards" });
});

test("a failure carries the server's error code", async () => {
  await expect(client.db("shop").command({ customer4711: 1 })).rejects.toThrow("no such command");
  expect(await operationCounts(collecting)).toEqual({ "_OTHER 59": 1 });
  expect(await operationAttributes(collecting, "_OTHER")).toMatchObject({
    "error.type": "59",
    "db.response.status_code": "59",
  });
});

test("a document that cannot be written is a failure, in each form of the reply", async () => {
  const stock = collection("stock");
  const id = new mongodb.ObjectId();
  await stock.insertOne({ _id: id, sku: "twice" });
  await expect(stock.insertOne({ _id: id, sku: "twice" })).rejects.toThrow("Duplicate key");
  await client.db("shop").command({ insert: "stock", documents: [{ _id: id }] });
  expect(await operationCounts(collecting)).toEqual({ insert: 1, "insert 11000": 2 });
});

test("an unreadable reply fails only for the caller", async () => {
  const proxy = createServer((near) => {
    const far = connect(server.port, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far);
    far.on("data", (bytes) => {
      // A field of the write error gets a type that does not exist.
      const at = bytes.indexOf("\x10index\0");
      if (at >= 0) bytes[at] = 0x7e;
      near.write(bytes);
    });
    near.on("close", () => far.destroy());
  });
  const port = await new Promise<unknown>((resolve) => {
    proxy.listen(0, "127.0.0.1", () => resolve(Reflect.get(Object(proxy.address()), "port")));
  });
  const direct = new mongodb.MongoClient(`mongodb://127.0.0.1:${String(port)}/?directConnection=true`);
  const cut = direct.db("shop").collection("cut");
  const id = new mongodb.ObjectId();
  await cut.insertOne({ _id: id });
  const unhandled = vi.fn<(reason: unknown) => void>();
  process.on("unhandledRejection", unhandled);
  await expect(cut.insertOne({ _id: id })).rejects.toThrow("BSON type");
  await cut.insertOne({});
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  // Older drivers read the whole reply themselves, so that the command fails.
  const failure = { "insert BSONError": 1 };
  expect([{ insert: 2 }, { insert: 2, ...failure }]).toContainEqual(await operationCounts(collecting));
  await direct.close();
  proxy.close();
});

test("the state and the times of a server's pool are recorded, and its timeouts", async () => {
  let release = (): void => {};
  const hold = (): void => {
    for (const [far, near] of pairs) far.unpipe(near);
    release = () => pairs.forEach((near, far) => far.pipe(near));
  };
  const pairs = new Map<Socket, Socket>();
  const proxy = createServer((near) => {
    const far = connect(server.port, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
    pairs.set(far, near);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const name = `127.0.0.1:${String(Reflect.get(Object(proxy.address()), "port"))}`;
  const small = new mongodb.MongoClient(`mongodb://${name}/?directConnection=true`, {
    maxPoolSize: 1,
    waitQueueTimeoutMS: 3_000,
  });
  const ping = (): Promise<unknown> => small.db("shop").command({ ping: 1 });
  await ping();
  const { waited, used, ...others } = await poolTimes(collecting, name);
  expect([others, waited]).toEqual([{ created: 1 }, used]);
  hold();
  const pings = [ping(), ping()];
  const late = pings[1]?.catch((error: unknown) => error);
  await vi.waitFor(async () =>
    expect(await poolFigures(collecting, name)).toEqual({ idle: 0, used: 1, pending: 1, max: 1 }),
  );
  expect(String(await late)).toContain("Timed out");
  const times = { created: 1, waited: Number(waited) + 1, timeouts: 1 };
  expect(await poolTimes(collecting, name)).toEqual({ ...times, used });
  release();
  await pings[0];
  expect(await poolTimes(collecting, name)).toEqual({ ...times, used: Number(used) + 1 });
  // Older versions close the connection.
  await ping();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({
    "db.client.connection.count": 1,
    "db.client.connection.pending_requests": 0,
    "db.client.connection.limit": 1,
    "db.client.connection.idle.min": 0,
  });
  await small.close();
  proxy.close();
});

test("disabled, nothing is replaced", () => {
  expect(command()).not.toEqual(untouched);
  instrumentation.disable();
  expect(command()).toEqual(untouched);
});
