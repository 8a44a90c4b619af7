import { expect, test } from "vitest";
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from "../../../src/history/store/schema.ts";
import { openSqlite, pragma } from "../../../src/history/store/sqlite.ts";

const begin = "CREATE TABLE first (id INTEGER); INSERT INTO first VALUES (1)";
const further = "ALTER TABLE first ADD COLUMN name TEXT; UPDATE first SET name = 'kept'";

test("a store of an older version is migrated and keeps its data", () => {
  const database = openSqlite(":memory:");
  migrate(database, [begin]);
  expect(pragma(database, "user_version")).toBe(1);
  // Each migration would fail if it ran twice.
  for (let i = 0; i < 2; i++) migrate(database, [begin, further]);
  expect(pragma(database, "user_version")).toBe(2);
  expect(pragma(database, "application_id")).toBe(APPLICATION_ID);
  expect({ ...database.prepare<object>("SELECT * FROM first").get() }).toEqual({ id: 1, name: "kept" });
  database.close();
});

test("a new store has the latest version", () => {
  const database = openSqlite(":memory:");
  migrate(database);
  expect(pragma(database, "user_version")).toBe(SCHEMA_VERSION);
  database.close();
});
