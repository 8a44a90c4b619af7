import { expect, test } from "vitest";
import { SeriesCatalog } from "../../../src/history/store/series-catalog.ts";
import type { Database, SqlValue, Statement } from "../../../src/history/store/sqlite.ts";
import { Unreadable } from "../../../src/history/store/unreadable.ts";

// A database of any number of series, which counts the questions for each.
function manySeries(): { readonly database: Database; readonly asked: Map<SqlValue | undefined, number> } {
  const asked = new Map<SqlValue | undefined, number>();
  const statement = {
    run: () => ({ changes: 0, lastInsertRowid: 0 }),
    all: () => [],
    get: (series?: SqlValue) => {
      asked.set(series, (asked.get(series) ?? 0) + 1);
      return { metric: 1, text: '{"kind":"number"}', start: 1 };
    },
  };
  const prepare = <Row>(): Statement<Row> => Object(statement);
  return { database: { exec() {}, prepare, close() {} }, asked };
}

test("series that have ended do not stay in memory, however many a store has", () => {
  const { database, asked } = manySeries();
  const catalog = new SeriesCatalog(database, new Unreadable("", () => {}));
  for (let series = 0; series < 100_000; series++) catalog.kindOf(series);
  catalog.kindOf(99_999);
  expect([asked.get(0), asked.get(99_999)]).toEqual([1, 1]);
  catalog.kindOf(100_000);
  catalog.kindOf(0);
  expect(asked.get(0)).toBe(2);
});
