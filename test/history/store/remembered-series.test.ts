import { expect, onTestFinished, test } from "vitest";
import { IN_MEMORY, openDatabase } from "../../../src/history/store/database-file.ts";
import { SeriesCatalog } from "../../../src/history/store/series-catalog.ts";
import type { Database } from "../../../src/history/store/sqlite.ts";
import { Unreadable } from "../../../src/history/store/unreadable.ts";

const SERIES = 250_001;

test("series that have ended do not stay in memory, however many a store has", () => {
  const database = openDatabase(IN_MEMORY, { logBytes: 0, warn: () => {} });
  onTestFinished(() => database.close());
  database.exec(`
    INSERT INTO texts VALUES (1, '{"kind":"number"}');
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${SERIES})
      INSERT INTO series (id, metric, attributes, resource, layout, start, course) SELECT n, 1, 1, 1, 1, n, 0 FROM numbers`);
  const catalog = new SeriesCatalog(database, new Unreadable("", () => {}));
  const kind = catalog.kindOf(1);
  for (let series = 1; series < SERIES; series++) catalog.kindOf(series);
  database.exec("DELETE FROM series WHERE id = 1");
  // It is in memory.
  expect(catalog.kindOf(1)).toBe(kind);
  catalog.kindOf(SERIES);
  expect(catalog.kindOf(1)).toBeUndefined();
});

test("the starts of processes are read once until series are added, also if some have none", () => {
  const database = openDatabase(IN_MEMORY, { logBytes: 0, warn: () => {} });
  onTestFinished(() => database.close());
  let readings = 0;
  const counting: Database = {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare<Row>(sql: string) {
      const statement = database.prepare<Row>(sql);
      if (!sql.includes("GROUP BY resource")) return statement;
      return {
        run: (...values) => statement.run(...values),
        get: (...values) => statement.get(...values),
        all(...values) {
          readings++;
          return statement.all(...values);
        },
      };
    },
  };
  const add = (id: number, start: number): void =>
    database.exec(`
      INSERT INTO texts VALUES (${id}, '{"id":${id}}');
      INSERT INTO series (id, metric, attributes, resource, layout, start, course) VALUES (${id}, 1, 1, ${id}, 1, ${start}, 0)`);
  const catalog = new SeriesCatalog(counting, new Unreadable("", () => {}));
  const begins = (id: number): number | undefined =>
    catalog.processOf(`{"id":${id}}`, { from: 100, to: 200 })?.from;
  add(1, 50);
  add(2, 0);
  for (let i = 0; i < 3; i++) expect([begins(1), begins(2), begins(3)]).toEqual([50, 100, 100]);
  expect(readings).toBe(1);
  add(3, 60);
  expect([begins(1), begins(2), begins(3)]).toEqual([50, 100, 60]);
  expect(readings).toBe(2);
});
