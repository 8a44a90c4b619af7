import { expect, onTestFinished, test } from "vitest";
import { IN_MEMORY, openDatabase } from "../../../src/history/store/database-file.ts";
import { SeriesCatalog } from "../../../src/history/store/series-catalog.ts";
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
