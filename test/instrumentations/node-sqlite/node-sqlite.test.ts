import module from "node:module";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeSqlite as instrumented } from "../../../instrumentations/node-sqlite/index.ts";
import { begin } from "../../../instrumentations/node-sqlite/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { bothLoaders, samples, scrapeOf } from "../applications.ts";
import { operationAttributes, operationCounts } from "../database-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

/** The part of the module that the tests use. Node's types for version 20 lack it. */
interface Statement {
  run(...values: readonly unknown[]): unknown;
  get(): unknown;
  all(): readonly unknown[];
  iterate(): Iterable<unknown>;
}
interface Sqlite {
  readonly DatabaseSync: new (path: string) => {
    exec(sql: string): void;
    prepare(sql: string): Statement;
    close(): void;
  };
}

const instrumentation = instrumentationOf(instrumented, begin, { enabled: false });
let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
  instrumentation.setMeterProvider(collecting.provider);
  instrumentation.enable();
});

afterEach(() => instrumentation.disable());

function sqlite(): Sqlite {
  return module.createRequire(import.meta.url)("node:sqlite");
}

test("statements are recorded by operation, failures with SQLite's number", async () => {
  const database = new (sqlite().DatabaseSync)(":memory:");
  database.exec("CREATE TABLE birds (name TEXT PRIMARY KEY)");
  const insert = database.prepare("INSERT INTO birds VALUES (?)");
  insert.run("owl");
  expect(() => insert.run("owl")).toThrow("UNIQUE");
  expect(() => database.prepare("SELECT nothing")).toThrow("nothing");
  const select = database.prepare("SELECT name FROM birds");
  expect(select.get()).toMatchObject({ name: "owl" });
  expect(select.all()).toHaveLength(1);
  expect([...select.iterate()]).toHaveLength(1);
  for (const row of select.iterate()) if (row !== undefined) break;
  database.close();
  expect(() => database.exec("DROP TABLE birds")).toThrow("not open");
  expect(await operationCounts(collecting)).toEqual({
    CREATE: 1,
    INSERT: 1,
    "INSERT 1555": 1,
    "SELECT 1": 1,
    SELECT: 4,
    "DROP ERR_INVALID_STATE": 1,
  });
  expect(await operationAttributes(collecting, "SELECT")).toMatchObject({ "db.system.name": "sqlite" });
});

// The newest version of better-sqlite3 needs the same versions of Node.js.
test.each(bothLoaders())(
  "the statements of %s on node:sqlite and better-sqlite3, started with %s, are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder: import.meta.dirname, program, flag });
    const counts = ["built-in.db", "installed.db"].flatMap((name) =>
      [
        ["CREATE", 1],
        ["INSERT", 5],
      ].map(
        ([operation, count]) =>
          `db_client_operation_duration_seconds_count{db_namespace="${name}",db_operation_name="${operation}",` +
          `db_system_name="sqlite"} ${count}`,
      ),
    );
    expect(samples(text, "db_client_operation_duration_seconds_count").toSorted()).toEqual(counts);
  },
);
