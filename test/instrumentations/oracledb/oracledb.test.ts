import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { oracledb as instrumented } from "../../../instrumentations/oracledb/index.ts";
import { begin } from "../../../instrumentations/oracledb/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import {
  expectPoolTimes,
  operationAttributes,
  operationCounts,
  poolFigures,
  poolTimes,
} from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

interface Connection {
  execute(...args: readonly unknown[]): Promise<{ readonly rowsAffected?: number } | undefined>;
  executeMany(...args: readonly unknown[]): Promise<unknown>;
  commit(...args: readonly unknown[]): Promise<unknown>;
  rollback(): Promise<unknown>;
  runPipeline(pipeline: Pipeline): Promise<unknown>;
  close(...args: readonly unknown[]): Promise<unknown>;
  release(): Promise<unknown>;
}
interface Pool {
  getConnection(...args: readonly unknown[]): Promise<Connection>;
  close(drainSeconds?: number): Promise<unknown>;
}
interface Pipeline {
  addExecute(sql: string): void;
  addCommit(): void;
}
interface Oracle {
  readonly version: number;
  readonly Pipeline?: new () => Pipeline;
  createPool(options: object): Promise<Pool>;
  getConnection(options: object): Promise<Connection>;
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const { credentials }: { credentials: object } = require("./answered.cjs");
const oracledb: Oracle = require("oracledb");
const { prototype }: { prototype: object } = require("oracledb/lib/connection.js");
instrumentation.disable();

// Older versions do not know the name of their database.
const namespace = ["dbUniqueName", "dbName"].find((name) => name in prototype);
const target = {
  "db.system.name": "oracle.db",
  ...(namespace !== undefined && { "db.namespace": namespace === "dbName" ? "SHOP" : "SHOP_EU" }),
  "server.address": "127.0.0.1",
  "server.port": 1522,
};
const NAME = "127.0.0.1:1522/shop";
let collecting: Collecting;
let ends: (() => Promise<unknown>)[];

beforeEach(() => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
  ends = [];
});

afterEach(async () => {
  for (const end of ends) await end();
  instrumentation.disable();
  diag.disable();
});

async function connected(connectString = NAME): Promise<Connection> {
  const connection = await oracledb.getConnection({ ...credentials, connectString });
  ends.push(() => connection.close().catch(() => {}));
  return connection;
}

async function poolOfOne(options: object = {}): Promise<Pool> {
  const own = { poolMin: 0, poolMax: 1, poolIncrement: 1, connectString: NAME, ...credentials, ...options };
  const pool = await oracledb.createPool(own);
  ends.push(() => pool.close(0).catch(() => {}));
  return pool;
}

function isConnection(value: unknown): value is Connection {
  return typeof value === "object" && value !== null && "execute" in value;
}

/** Calls a method with a callback, and returns the arguments of the callback. */
async function answerTo(call: (callback: unknown) => Promise<unknown>): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    void call((...answer: readonly unknown[]) => resolve(answer));
  });
}

test("each form of an operation is recorded once", async () => {
  const connection = await connected();
  expect(await connection.execute("/* all */ select 1 FROM dual")).toHaveProperty("rowsAffected", 0);
  const answer = await answerTo((callback) => connection.execute("SELECT :1 FROM dual", [2], {}, callback));
  expect(answer).toMatchObject([null, { rowsAffected: 0 }]);
  await connection.executeMany("INSERT INTO goods VALUES (:1)", [[1], [2]]);
  await connection.execute("BEGIN sell(:1); END;", [1]);
  await connection.execute("customer 4711");
  await connection.commit();
  await answerTo((callback) => connection.commit(callback));
  await connection.rollback();
  expect(await operationCounts(collecting)).toEqual({
    SELECT: 2,
    INSERT: 1,
    BEGIN: 1,
    _OTHER: 1,
    COMMIT: 2,
    ROLLBACK: 1,
  });
  expect(await operationAttributes(collecting, "SELECT")).toEqual({
    ...target,
    "db.operation.name": "SELECT",
  });
});

test("errors of the database have a status, and those of the package a type", async () => {
  const connection = await connected();
  await expect(connection.execute("SELECT * FROM NOWHERE")).rejects.toThrow("ORA-00942");
  const [error] = await answerTo((callback) => connection.execute("DELETE FROM NOWHERE", callback));
  expect(error).toHaveProperty("code", "ORA-00942");
  expect(await operationAttributes(collecting, "DELETE")).toEqual({
    ...target,
    "db.operation.name": "DELETE",
    "error.type": "ORA-00942",
    "db.response.status_code": "ORA-00942",
  });
  await expect(connection.execute("INSERT INTO goods VALUES (:1)", [])).rejects.toThrow("NJS-098");
  expect(await operationAttributes(collecting, "INSERT")).toEqual({
    ...target,
    "db.operation.name": "INSERT",
    "error.type": "NJS-098",
  });
  await connection.close();
  await expect(connection.execute("UPDATE goods SET price = 1")).rejects.toThrow("NJS-003");
  await expect(connection.commit()).rejects.toThrow("NJS-003");
  expect(await operationCounts(collecting)).toEqual({
    "SELECT ORA-00942": 1,
    "DELETE ORA-00942": 1,
    "INSERT NJS-098": 1,
    "UPDATE NJS-003": 1,
    "COMMIT NJS-003": 1,
  });
});

test("the statement of an object is read", async (context) => {
  if (oracledb.version < 60_400) context.skip("this version of oracledb takes no objects");
  const connection = await connected();
  await connection.execute({ statement: "SELECT :1 FROM dual", values: [2] });
  expect(await operationCounts(collecting)).toEqual({ SELECT: 1 });
});

test("a pipeline is one operation", async (context) => {
  if (oracledb.Pipeline === undefined) {
    context.skip("this version of oracledb has no pipelines");
    return;
  }
  const pipeline = new oracledb.Pipeline();
  pipeline.addExecute("DELETE FROM goods");
  pipeline.addCommit();
  await (await connected()).runPipeline(pipeline);
  expect(await operationCounts(collecting)).toEqual({ BATCH: 1 });
});

test("a connection that is lost has the server of its pool", async () => {
  const pool = await poolOfOne();
  const connection = await pool.getConnection();
  await expect(connection.execute("SELECT * FROM LOST")).rejects.toThrow("NJS-500");
  expect(await operationAttributes(collecting, "SELECT")).toEqual({
    ...target,
    "db.operation.name": "SELECT",
    "error.type": "NJS-500",
  });
  await connection.close();
});

test("the package's errors for arguments of other types stay the same", async () => {
  const connection = await connected();
  const broken = Object.defineProperty({}, "statement", {
    get: () => {
      throw new Error("broken statement");
    },
  });
  await expect(connection.execute(broken)).rejects.toThrow(/broken statement|NJS-005/);
  for (const args of [[], [7], [null], [{ statement: 7 }], [Symbol("sql")]])
    await expect(connection.execute(...args)).rejects.toThrow("NJS-0");
  await expect(connection.executeMany("INSERT INTO goods VALUES (:1)")).rejects.toThrow("NJS-009");
  await expect(connection.close("now")).rejects.toThrow("NJS-005");
  expect(await connection.execute("SELECT 1 FROM dual")).toHaveProperty("rowsAffected", 0);
});

test("the state and the times of a pool are recorded, with the timeouts of its queue", async () => {
  const pool = await poolOfOne({ queueTimeout: 3_000 });
  await expectPoolTimes(
    collecting,
    NAME,
    () => pool.getConnection(),
    (connection) => connection.close(),
  );
  expect(await poolFigures(collecting, NAME)).toEqual({ idle: 1, used: 0, pending: 0, max: 1 });
});

test("a pool's requests with callbacks are recorded, and the queries of its connections", async () => {
  const pool = await poolOfOne({ poolMin: 1 });
  const [, held] = await answerTo((callback) => pool.getConnection({}, callback));
  if (!isConnection(held)) throw new Error("the pool gave no connection");
  const waiting = pool.getConnection();
  await vi.waitFor(async () =>
    expect(await poolFigures(collecting, NAME)).toEqual({ idle: 0, used: 1, pending: 1, max: 1 }),
  );
  const idleMin = { "db.client.connection.pool.name": NAME };
  expect(await collecting.point("db.client.connection.idle.min", idleMin)).toBe(1);
  await held.execute("SELECT 1 FROM dual");
  await answerTo((callback) => held.close(callback));
  await (await waiting).release();
  expect(await poolTimes(collecting, NAME)).toEqual({ created: 1, waited: 2, used: 2 });
  expect(await operationAttributes(collecting, "SELECT")).toMatchObject(target);
});

test("a refused request and a connection without a pool have no times", async () => {
  const pool = await poolOfOne({ queueMax: 0 });
  const held = await pool.getConnection();
  await expect(pool.getConnection()).rejects.toThrow("NJS-076");
  await held.close({ drop: true });
  await (await connected()).close();
  expect(await poolTimes(collecting, NAME)).toEqual({ created: 1, waited: 1, used: 1 });
  expect(await collecting.points("db.client.connection.use_time")).toHaveLength(1);
});

test("a closed pool is left out", async () => {
  const [closed, pool] = [await poolOfOne(), await poolOfOne()];
  for (const each of [closed, pool]) await (await each.getConnection()).close();
  await closed.close();
  expect(await poolFigures(collecting, NAME)).toEqual({ idle: 1, used: 0, pending: 0, max: 1 });
});

test.each([
  ["//127.0.0.1/shop", "127.0.0.1:1521/shop"],
  ["tcp://127.0.0.1:2484/shop.example:dedicated/one?retry_count=3", "127.0.0.1:2484/shop.example"],
  ["127.0.0.1,localhost:1530/shop", "127.0.0.1:1530/shop"],
  ["[::1]:1521/shop", "[::1]:1521/shop"],
  [
    "(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=1522))" +
      "(CONNECT_DATA=(SERVICE_NAME=shop))(SECURITY=(MY_WALLET_DIRECTORY=/s3cret)))",
    NAME,
  ],
])("a pool of %s is named %s", async (connectString, name) => {
  const pool = await poolOfOne({ connectString });
  await (await pool.getConnection()).close();
  expect(await poolFigures(collecting, name)).toMatchObject({ used: 0, max: 1 });
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 1, used: 1 });
  expect(JSON.stringify(await collecting.collect())).not.toMatch(/s3cret|shopkeeper/);
});

test("a name in tnsnames.ora is the name of its pool", async () => {
  const configDir = mkdtempSync(join(tmpdir(), "tachymeter-oracle-"));
  onTestFinished(() => rmSync(configDir, { recursive: true }));
  const names = `shop_high = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=1522))(CONNECT_DATA=(SERVICE_NAME=s3cret)))`;
  writeFileSync(join(configDir, "tnsnames.ora"), names);
  const pool = await poolOfOne({ configDir, connectString: "shop_high" });
  const connection = await pool.getConnection();
  await connection.execute("SELECT 1 FROM dual");
  await connection.close();
  expect(await poolTimes(collecting, "shop_high")).toEqual({ created: 1, waited: 1, used: 1 });
  expect(await operationAttributes(collecting, "SELECT")).toMatchObject(target);
});

test("after a restart, the pools are still there", async () => {
  const pool = await poolOfOne();
  const held = await pool.getConnection();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({
    "db.client.connection.count": 1,
    "db.client.connection.pending_requests": 0,
    "db.client.connection.limit": 1,
    "db.client.connection.idle.min": 0,
  });
  await held.close();
});
