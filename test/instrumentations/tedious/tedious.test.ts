import { once } from "node:events";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { tedious as instrumented } from "../../../instrumentations/tedious/index.ts";
import { begin } from "../../../instrumentations/tedious/instrumentation.ts";
import { type SmallSqlServer, startSqlServer } from "../../servers/small-sql-server.ts";
import { operationAttributes, operationCounts } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const tedious: typeof import("tedious") = createRequire(import.meta.url)("tedious");
instrumentation.disable();

type Connection = import("tedious").Connection;

let server: SmallSqlServer;
let connection: Connection;
const collecting = measured(instrumentation);

beforeAll(async () => (server = await startSqlServer()));
afterAll(() => server.stop());
beforeEach(async () => (connection = await connected({ database: "shop" })));
afterEach(() => connection.close());

async function connected(options: object): Promise<Connection> {
  const made = new tedious.Connection({
    server: "127.0.0.1",
    authentication: { type: "default", options: { userName: "shopkeeper", password: "s3cret" } },
    options: { port: server.port, encrypt: false, ...options },
  });
  await new Promise<void>((resolve, reject) => {
    made.connect((error) => (error ? reject(error) : resolve()));
  });
  return made;
}

/** Runs a request by one of the methods of a connection. Resolves to the number of rows. */
async function run(
  statement: string,
  method: "execSql" | "execSqlBatch" | "callProcedure" = "execSql",
  started?: () => void,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = new tedious.Request(statement, (error, rows) => (error ? reject(error) : resolve(rows)));
    connection[method](request);
    started?.();
  });
}

test("requests are recorded by operation and database", async () => {
  expect([await run("SELECT 1 AS n"), await run("select 2 AS n", "execSqlBatch")]).toEqual([1, 1]);
  await run("INSERT INTO carts VALUES (1)");
  expect(await operationCounts(collecting)).toEqual({ SELECT: 2, INSERT: 1 });
  expect(await operationAttributes(collecting, "SELECT")).toEqual({
    "db.system.name": "microsoft.sql_server",
    "db.namespace": "shop",
    "db.operation.name": "SELECT",
    "server.address": "127.0.0.1",
    "server.port": server.port,
  });
});

test("calls of procedures have the name of the procedure", async () => {
  for (const name of ["dbo.checkout", "dbo.checkout", "dbo.refund"]) await run(name, "callProcedure");
  const points = await collecting.points("db.client.operation.duration");
  const counts = points.map(({ attributes, value }) => [
    attributes["db.operation.name"],
    attributes["db.stored_procedure.name"],
    Reflect.get(Object(value), "count"),
  ]);
  expect(counts).toEqual([
    ["EXECUTE", "dbo.checkout", 2],
    ["EXECUTE", "dbo.refund", 1],
  ]);
});

test("a failure has the number of the database's error, the first one of several", async () => {
  const failure: unknown = await run("SELECT * FROM nowhere").catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "EREQUEST", number: 208 });
  await expect(run("ALTER TABLE carts ADD constraint c")).rejects.toThrow(AggregateError);
  expect(await operationCounts(collecting)).toEqual({ "SELECT 208": 1, "ALTER 1785": 1 });
  expect(await operationAttributes(collecting, "SELECT")).toMatchObject({ "db.response.status_code": "208" });
});

test("a request that is cancelled, late, invalid, closed or too late to be sent fails with the code of the package", async () => {
  const cancelled = run("SELECT forever", "execSqlBatch", () => setImmediate(() => connection.cancel()));
  await expect(cancelled).rejects.toMatchObject({ code: "ECANCEL" });
  const late = new Promise((resolve) => {
    const request = new tedious.Request("UPDATE forever", resolve);
    request.setTimeout(20);
    connection.execSql(request);
  });
  expect(await late).toMatchObject({ code: "ETIMEOUT" });
  const invalid = new Promise((resolve) => {
    const request = new tedious.Request("INSERT INTO carts VALUES (@id)", resolve);
    request.addParameter("id", tedious.TYPES.Int, "none");
    connection.execSql(request);
  });
  expect(await invalid).toMatchObject({ code: "EPARAM" });
  const closed = run("DELETE forever", "execSql", () => connection.close());
  await expect(closed).rejects.toMatchObject({ code: "ECLOSE" });
  await expect(run("DELETE FROM carts")).rejects.toMatchObject({ code: "EINVALIDSTATE" });
  expect(await operationCounts(collecting)).toEqual({
    "SELECT ECANCEL": 1,
    "UPDATE ETIMEOUT": 1,
    "INSERT EPARAM": 1,
    "DELETE ECLOSE": 1,
    "DELETE EINVALIDSTATE": 1,
  });
});

test("a prepared request is recorded for each of its executions", async () => {
  const completed: unknown[] = [];
  const request = new tedious.Request("SELECT @id AS n", (error, rows) => completed.push(error ?? rows));
  request.addParameter("id", tedious.TYPES.Int);
  connection.prepare(request);
  await once(request, "prepared");
  for (const id of [1, 2]) {
    connection.execute(request, { id });
    await once(request, "requestCompleted");
  }
  connection.unprepare(request);
  await once(request, "requestCompleted");
  expect(completed).toEqual([1, 1, 1]);
  expect(await operationCounts(collecting)).toEqual({ PREPARE: 1, SELECT: 2, UNPREPARE: 1 });
});

test("a bulk load is one operation", async () => {
  const load = async (table: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const bulk = connection.newBulkLoad(table, (error, rows) => (error ? reject(error) : resolve(rows)));
      bulk.addColumn("id", tedious.TYPES.Int, { nullable: false });
      connection.execBulkLoad(bulk, [{ id: 1 }]);
    });
  expect(await load("carts")).toBe(1);
  await expect(load("nowhere")).rejects.toMatchObject({ number: 208 });
  expect(await operationCounts(collecting)).toEqual({ "BULK INSERT": 1, "BULK INSERT 208": 1 });
});

test("the parts of a transaction are recorded", async () => {
  const settled = async (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
  await settled((done) => connection.beginTransaction(done));
  await settled((done) => connection.saveTransaction(done, "half"));
  await settled((done) => connection.commitTransaction(done));
  await settled((done) => connection.beginTransaction(done));
  await settled((done) => connection.rollbackTransaction(done));
  expect(await operationCounts(collecting)).toEqual({ BEGIN: 2, SAVE: 1, COMMIT: 1, ROLLBACK: 1 });
});

test("the database is the one that the connection uses", async () => {
  await run("USE warehouse", "execSqlBatch");
  await run("SELECT 1 AS n");
  connection.close();
  connection = await connected({});
  await run("INSERT INTO logs VALUES (1)");
  const namespaceOf = async (operation: string): Promise<unknown> =>
    (await operationAttributes(collecting, operation))["db.namespace"];
  expect([await namespaceOf("SELECT"), await namespaceOf("INSERT")]).toEqual(["warehouse", "master"]);
});

test("while it is disabled, nothing is recorded, and a running request is not lost", async () => {
  const running = run("SELECT 1 AS n");
  instrumentation.disable();
  expect([await running, await run("SELECT 2 AS n")]).toEqual([1, 1]);
  instrumentation.enable();
  expect(await operationCounts(collecting)).toEqual({ SELECT: 1 });
});
