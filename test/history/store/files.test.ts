import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { openSqlite } from "../../../src/history/store/sqlite.ts";
import { Store } from "../../../src/history/store/store.ts";
import { Collections, numberOf, pointsOf } from "./collections.ts";

const INTERVAL = 1_000;
const START = 1_000_000;

function place(): { folder: string; path: string; warnings: string[]; open: (readOnly?: boolean) => Store } {
  const folder = mkdtempSync(join(inject("runFolder"), "store-"));
  const path = join(folder, "history.db");
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const open = (readOnly = false): Store =>
    Store.open({ path, intervalMillis: INTERVAL, now: () => START, warn, readOnly });
  return { folder, path, warnings, open };
}

function fill(store: Store, count: number, collections = new Collections()): void {
  for (let i = 0; i < count; i++)
    store.append(collections.at(START + i * INTERVAL, [numberOf(0, i), numberOf(1, -i)]));
}

test("what was stored is there when the file is opened again, sealed or not", () => {
  const { open } = place();
  const store = open();
  fill(store, 150);
  store.close();
  const again = open();
  const points = Array.from({ length: 150 }, (_, i) => [START + i * INTERVAL, i]);
  expect(pointsOf(again, "gauge.number").get(0)).toEqual(points);
  expect(again.usage()).toMatchObject({
    points: 300,
    series: 2,
    oldest: START,
    newest: START + 149 * INTERVAL,
  });
  again.close();
});

test("several processes write one store, and another one reads it meanwhile", () => {
  const { open } = place();
  const [first, second, reader] = [open(), open(), open()];
  const [a, b] = [new Collections("a"), new Collections("b")];
  for (let i = 0; i < 130; i++) {
    first.append(a.at(START + i * INTERVAL, [numberOf(0, i)]));
    second.append(b.at(START + i * INTERVAL + 500, [numberOf(0, 1_000 + i)]));
    if (i % 10 !== 0) continue;
    const series = reader.series(reader.find("gauge.number")[0]!.id);
    expect(series.map(({ resource }) => resource["service.instance.id"])).toEqual(["a", "b"]);
    for (const { id } of series) {
      const counts = [...reader.read([id], -Infinity, Infinity)].map(({ count }) => count);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(i + 1);
    }
  }
  for (const store of [first, second, reader]) store.close();
});

test.for([
  [
    "a text",
    (path: string) => writeFileSync(path, "metrics: none\n".repeat(100)),
    "it is no SQLite database",
  ],
  [
    "another application's database",
    (path: string) => {
      const database = openSqlite(path);
      database.exec("CREATE TABLE theirs (id INTEGER)");
      database.close();
    },
    "it is a database of another application",
  ],
  ["a truncated store", (path: string) => truncateSync(path, statSync(path).size / 2), "it is truncated"],
  [
    "a store that is damaged inside",
    (path: string) => {
      const bytes = readFileSync(path);
      bytes.fill(0x55, 100);
      writeFileSync(path, bytes);
    },
    "it is damaged",
  ],
] as const)("%s in its place is moved aside with a message, and a new store begun", ([, spoil, problem]) => {
  const { folder, path, warnings, open } = place();
  const before = open();
  fill(before, 150);
  before.close();
  if (problem.includes("no SQLite") || problem.includes("another")) rmSync(path);
  spoil(path);
  const spoilt = readFileSync(path);
  const store = open();
  fill(store, 3);
  expect(pointsOf(store, "gauge.number").get(0)).toHaveLength(3);
  store.close();
  const [aside] = readdirSync(folder).filter((name) => name.includes("aside"));
  expect(warnings).toEqual([
    `"${path}": ${problem}; it was moved to "${join(folder, aside!)}" and a new store begun, delete it or look into it`,
  ]);
  expect(readFileSync(join(folder, aside!)).equals(spoilt)).toBe(true);
});

test("a store that is damaged while it is open is moved aside, and what comes is stored in a new one", () => {
  const { folder, path, warnings, open } = place();
  const store = open();
  const collections = new Collections();
  fill(store, 150, collections);
  store.maintain();
  const other = openSqlite(path);
  other.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  other.close();
  const bytes = readFileSync(path);
  bytes.fill(0x55, 4_096);
  writeFileSync(path, bytes);
  for (let i = 150; i < 300; i++)
    store.append(collections.at(START + i * INTERVAL, [numberOf(0, i), numberOf(1, -i)]));
  expect(warnings).toEqual([expect.stringContaining("it is damaged; it was moved to")]);
  expect(pointsOf(store, "gauge.number").get(0)!.at(-1)).toEqual([START + 299 * INTERVAL, 299]);
  expect(readdirSync(folder).filter((name) => name.includes("aside"))).not.toEqual([]);
  store.close();
});

test("a file that is deleted while it is open is begun anew, with all that its series are", () => {
  const { path, open } = place();
  const store = open();
  const collections = new Collections();
  fill(store, 10, collections);
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
  store.append(collections.at(START + 10 * INTERVAL, [numberOf(0, 10), numberOf(1, -10)]));
  store.close();
  const again = open();
  expect(pointsOf(again, "gauge.number").get(0)).toEqual([[START + 10 * INTERVAL, 10]]);
  again.close();
});

test("a store of a later version is refused with what to do, and left as it is", () => {
  const { path, open } = place();
  open().close();
  const database = openSqlite(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => open()).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_STORE_VERSION",
      message: expect.stringMatching(
        /^history ".*": its schema is version 99, .* knows 1; update tachymeter/,
      ),
    }),
  );
  expect(() => open(true)).toThrow(expect.objectContaining({ code: "TACHYMETER_STORE_VERSION" }));
});

test("a path that cannot be written or read is refused with the reason and what to do", () => {
  const { folder, path } = place();
  writeFileSync(path, "a text");
  for (const wrong of [join(folder, "absent", "a.db"), join(path, "a.db"), folder]) {
    expect(() => Store.open({ path: wrong })).toThrow(
      expect.objectContaining({
        code: "TACHYMETER_STORE_PATH",
        message: expect.stringMatching(/^history ".*": it cannot be written \(.*\); give a path in a folder/),
      }),
    );
  }
  for (const wrong of [join(folder, "absent.db"), path]) {
    expect(() => Store.open({ path: wrong, readOnly: true })).toThrow(
      expect.objectContaining({
        code: "TACHYMETER_STORE_PATH",
        message: expect.stringMatching(/^history ".*": .*; give the path of a store$/),
      }),
    );
  }
  expect(readFileSync(path, "utf8")).toBe("a text");
});
