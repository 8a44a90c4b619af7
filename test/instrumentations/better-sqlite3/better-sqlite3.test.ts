import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { betterSqlite3 as instrumented } from "../../../instrumentations/better-sqlite3/index.ts";
import { begin } from "../../../instrumentations/better-sqlite3/instrumentation.ts";
import { operationAttributes, operationCounts } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { nativeStandIn } from "./native-stand-in.ts";

/** The part of the library that the tests use. */
interface Statement {
  run(...values: readonly unknown[]): unknown;
  get(...values: readonly unknown[]): unknown;
  all(): readonly unknown[];
  iterate(): Iterable<unknown>;
}
interface Database {
  exec(sql: string): this;
  prepare(sql: string): Statement;
  pragma(text: string): unknown;
  transaction(run: () => void): () => void;
}

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const Library: new (path: string, options: object) => Database = createRequire(import.meta.url)(
  "better-sqlite3",
);
instrumentation.disable();
const options = process.versions.node.startsWith("20.") ? { nativeBinding: nativeStandIn } : {};

const collecting = measured(instrumentation);

function open(path = ":memory:"): Database {
  return new Library(path, options).exec("CREATE TABLE birds (name TEXT PRIMARY KEY)");
}

test("each run of a statement is recorded by its operation and database", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 5 }));
  const database = open(join(folder, "birds.db"));
  const insert = database.prepare("insert into birds values (?)");
  for (const name of ["owl", "emu", "kea"]) insert.run(name);
  expect(database.prepare("SELECT * FROM birds WHERE name = ?").get("emu")).toEqual({ name: "emu" });
  expect(database.prepare("/* all */ SELECT * FROM birds").all()).toHaveLength(3);
  database.pragma("user_version");
  expect(await operationCounts(collecting)).toEqual({ CREATE: 1, INSERT: 3, SELECT: 2, PRAGMA: 1 });
  expect(await operationAttributes(collecting, "INSERT")).toEqual({
    "db.system.name": "sqlite",
    "db.namespace": "birds.db",
    "db.operation.name": "INSERT",
  });
});

test("failures have SQLite's code, also those of texts that cannot be prepared", async () => {
  const database = open();
  const insert = database.prepare("INSERT INTO birds VALUES ('owl')");
  insert.run();
  expect(() => insert.run()).toThrow("UNIQUE");
  expect(() => database.prepare("SELECT nothing")).toThrow("nothing");
  expect(() => database.exec("DROP nothing")).toThrow("nothing");
  expect(await operationCounts(collecting)).toEqual({
    CREATE: 1,
    INSERT: 1,
    "INSERT SQLITE_CONSTRAINT_PRIMARYKEY": 1,
    "SELECT SQLITE_ERROR": 1,
    "DROP SQLITE_ERROR": 1,
  });
});

test("rows that are read one by one count once, with the time in SQLite alone", async () => {
  const database = open().exec("INSERT INTO birds VALUES ('owl'), ('emu'), ('kea')");
  const select = database.prepare("SELECT name FROM birds ORDER BY name");
  const names: unknown[] = [];
  for (const row of select.iterate()) {
    const end = performance.now() + 50;
    while (performance.now() < end);
    names.push(row);
  }
  expect(names).toEqual([{ name: "emu" }, { name: "kea" }, { name: "owl" }]);
  expect(await operationCounts(collecting)).toEqual({ CREATE: 1, INSERT: 1, SELECT: 1 });
  const all = await collecting.points("db.client.operation.duration");
  const select1 = all.find(({ attributes }) => attributes["db.operation.name"] === "SELECT");
  expect(Reflect.get(Object(select1?.value), "sum")).toBeLessThan(0.1);
  // One that is left early.
  for (const row of select.iterate()) if (row !== undefined) break;
  expect(await operationCounts(collecting)).toMatchObject({ SELECT: 2 });
});

test("transactions are recorded as the statements that begin and end them", async () => {
  const database = open();
  const insert = database.prepare("INSERT INTO birds VALUES ('owl')");
  database.transaction(() => insert.run())();
  expect(() => {
    database.transaction(() => insert.run())();
  }).toThrow("UNIQUE");
  expect(await operationCounts(collecting)).toMatchObject({ BEGIN: 2, COMMIT: 1, INSERT: 1 });
});

test("while it is disabled, nothing is recorded, and earlier statements are recorded later", async () => {
  const database = open();
  const select = database.prepare("SELECT 1");
  select.get();
  instrumentation.disable();
  select.get();
  expect(await operationCounts(collecting)).toEqual({ CREATE: 1, SELECT: 1 });
  instrumentation.enable();
  select.get();
  expect(await operationCounts(collecting)).toEqual({ CREATE: 1, SELECT: 2 });
});
