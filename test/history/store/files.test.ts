import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqlite } from "../../../src/history/store/sqlite.ts";
import { Store } from "../../../src/history/store/index.ts";
import { blocksOf, Collections, numberOf, pointsOf } from "./collections.ts";
import { newFolder } from "../../kit/new-folder.ts";

const INTERVAL = 1_000;
const START = 1_000_000;

function place(): { folder: string; path: string; warnings: string[]; open: (readOnly?: boolean) => Store } {
  const folder = newFolder("store");
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

test("sealed and unsealed data is still there after the file is reopened", () => {
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

test("several processes write to one store while another one reads it", () => {
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
    "a store whose first page is lost",
    (path: string) => {
      const bytes = readFileSync(path);
      bytes.fill(0, 0, 4_096);
      writeFileSync(path, bytes);
    },
    "not an SQLite database",
  ],
  [
    "a store whose first page is overwritten",
    (path: string) => {
      const bytes = readFileSync(path);
      bytes.fill("x", 0, 4_096);
      writeFileSync(path, bytes);
    },
    "not an SQLite database",
  ],
  [
    "a truncated store",
    (path: string) => truncateSync(path, statSync(path).size / 2),
    "the file is truncated",
  ],
  [
    "a store that is damaged inside",
    (path: string) => {
      const bytes = readFileSync(path);
      bytes.fill(0x55, 100);
      writeFileSync(path, bytes);
    },
    "the file is damaged",
  ],
] as const)("%s is renamed with a warning, and a new store is created", ([, spoil, problem]) => {
  const { folder, path, warnings, open } = place();
  const before = open();
  fill(before, 150);
  before.close();
  spoil(path);
  const spoilt = readFileSync(path);
  const store = open();
  fill(store, 3);
  expect(pointsOf(store, "gauge.number").get(0)).toHaveLength(3);
  store.close();
  const [aside] = readdirSync(folder).filter((name) => name.includes("aside"));
  expect(warnings).toEqual([
    `"${path}": ${problem}; renamed to "${join(folder, aside!)}" and replaced by a new store; inspect or delete the old file`,
  ]);
  expect(readFileSync(join(folder, aside!)).equals(spoilt)).toBe(true);
});

test("a store behind a link is complete after a crash that left its pages in the log", () => {
  const { folder, path, warnings, open } = place();
  fill(open(), 1);
  const before = readFileSync(path);
  const store = open();
  fill(store, 600);
  const log = readFileSync(`${path}-wal`);
  store.close();
  // The first page was already moved from the log to the file, and says how many pages there are.
  const target = join(folder, "target.db");
  writeFileSync(target, Buffer.concat([readFileSync(path).subarray(0, 4_096), before.subarray(4_096)]));
  writeFileSync(`${target}-wal`, log);
  rmSync(path);
  symlinkSync(target, path);
  const again = open();
  expect(pointsOf(again, "gauge.number").get(0)).toHaveLength(600);
  expect(warnings).toEqual([]);
  again.close();
});

test("a store damaged while it is open is renamed, and a new one is used", () => {
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
  expect(warnings).toEqual([expect.stringContaining("the file is damaged; renamed to")]);
  expect(pointsOf(store, "gauge.number").get(0)!.at(-1)).toEqual([START + 299 * INTERVAL, 299]);
  expect(readdirSync(folder).filter((name) => name.includes("aside"))).not.toEqual([]);
  store.close();
});

test("a file deleted while it is open is recreated, with descriptions of all series", () => {
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

test.for([
  ["later", 60_000],
  ["when the clock was set back", -3_600_000],
] as const)(
  "while a store's folder is missing, data is kept in memory, and stored once it is back, %s",
  ([, millis]) => {
    const { folder, warnings } = place();
    const inner = join(folder, "inner");
    mkdirSync(inner);
    const path = join(inner, "history.db");
    const clock = { now: START };
    const warn = (message: string): void => void warnings.push(message);
    const store = Store.open({ path, intervalMillis: INTERVAL, now: () => clock.now, warn });
    const collections = new Collections();
    fill(store, 3, collections);
    renameSync(inner, join(folder, "elsewhere"));
    for (let i = 3; i < 6; i++) store.append(collections.at(START + i * INTERVAL, [numberOf(0, i)]));
    expect(pointsOf(store, "gauge.number").get(0)).toHaveLength(6);
    expect(store.usage()).toMatchObject({
      storage: "memory",
      writeError: expect.stringMatching(/cannot be written/),
    });
    mkdirSync(inner);
    clock.now += millis;
    store.maintain();
    expect(warnings).toEqual([
      expect.stringMatching(/: the disk does not accept writes \(.*\); data is kept in memory/),
      `"${path}": writing to disk again, including the data in memory`,
    ]);
    store.close();
    const again = Store.open({ path, readOnly: true });
    expect(
      pointsOf(again, "gauge.number")
        .get(0)
        ?.map(([, value]) => value),
    ).toEqual([3, 4, 5]);
    again.close();
  },
);

test("a reader reopens a replaced file, and fails if the file is missing", () => {
  const { path, open } = place();
  const remove = (): void => ["", "-wal", "-shm"].forEach((end) => rmSync(`${path}${end}`, { force: true }));
  const read = (from: Store): number | undefined =>
    from.snapshot(() => pointsOf(from, "gauge.number").get(0)?.length);
  const store = open();
  const collections = new Collections();
  fill(store, 10, collections);
  const reader = open(true);
  expect(read(reader)).toBe(10);
  remove();
  store.append(collections.at(START + 10 * INTERVAL, [numberOf(0, 10)]));
  expect(read(reader)).toBe(1);
  store.close();
  remove();
  expect(() => read(reader)).toThrow(expect.objectContaining({ code: "TACHYMETER_STORE_PATH" }));
  reader.close();
});

test("a damaged store is not changed by a reader, but renamed by a writer", () => {
  const { folder, path, warnings, open } = place();
  const before = open();
  fill(before, 300);
  before.close();
  const bytes = readFileSync(path);
  bytes.fill(0x55, 8_192);
  writeFileSync(path, bytes);
  const asideIn = (): string[] => readdirSync(folder).filter((name) => name.includes("aside"));
  const read = (from: Store): number => from.snapshot(() => pointsOf(from, "gauge.number").size);
  expect(() => {
    const reader = open(true);
    try {
      read(reader);
    } finally {
      reader.close();
    }
  }).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_STORE_PATH",
      message: expect.stringMatching(
        /^history ".*": the file is damaged \(.*\); open it for writing, which renames it/,
      ),
    }),
  );
  expect(asideIn()).toEqual([]);
  const store = open();
  expect(read(store)).toBe(0);
  expect(warnings).toEqual([expect.stringContaining("the file is damaged; renamed to")]);
  expect(asideIn()).not.toEqual([]);
  store.close();
});

test("an empty file is rejected by a reader, and becomes a store when opened for writing", () => {
  const { path, warnings, open } = place();
  writeFileSync(path, "");
  expect(() => open(true)).toThrow(`history "${path}": the file is still empty; use the path of a store`);
  open().close();
  open(true).close();
  expect(warnings).toEqual([]);
});

test("invalid heads of a dead process do not prevent storing, or sealing of other heads", () => {
  const { path, warnings } = place();
  const clock = { now: START };
  const warn = (message: string): void => void warnings.push(message);
  const open = (): Store => Store.open({ path, intervalMillis: INTERVAL, now: () => clock.now, warn });
  for (const instance of ["dead", "gone"]) {
    const store = open();
    store.append(new Collections(instance).at(START, [numberOf(0, 1), numberOf(1, 1)]));
    store.close();
  }
  const database = openSqlite(path);
  database.exec("UPDATE rosters SET widths = x'00' WHERE id = (SELECT min(id) FROM rosters)");
  clock.now += 3 * 3_600_000;
  const store = open();
  store.append(new Collections("b").at(clock.now, [numberOf(0, 2)]));
  expect(warnings).toEqual([expect.stringMatching(/rows of table heads cannot be read and are left out/)]);
  const count = (table: string): unknown =>
    database.prepare<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).get()?.count;
  // One of the three collections is sealed, one is current, one was invalid and is removed.
  expect([count("heads"), count("chunks")]).toEqual([1, 1]);
  expect(store.usage().unreadable).toBe(1);
  database.close();
  store.close();
});

// The last cell of the histogram is its length, the fourth its first bucket.
test.each([
  ["an invalid point", [1, 0, 0, 0, 1e9, 0, 0, 1], 21 - 2],
  ["a point that is too far from all others", [1, 0, 0, 1e9, 1, 0, 0, 1], 1],
])(
  "invalid heads, and %s, do not prevent sealing of the other points of their time",
  (_name, wrong, count) => {
    const { path, open, warnings } = place();
    const store = open();
    const collections = new Collections();
    const histogram = { id: 1, layout: { kind: "exponential" }, cells: [1, 0, 0, 0, 1, 0, 0, 1] } as const;
    const append = (i: number): void =>
      store.append(collections.at(START + i * INTERVAL, [numberOf(0, i), histogram]));
    for (let i = 0; i < 20; i++) append(i);
    const database = openSqlite(path);
    database.exec("UPDATE heads SET cells = x'00' WHERE id = 3");
    const damaged = Buffer.from(Float64Array.of(7, ...wrong).buffer).toString("hex");
    database.exec(`UPDATE heads SET cells = x'${damaged}' WHERE id = 8`);
    // In the next bucket.
    append(100);
    const row = database.prepare<{ count: number }>("SELECT count(*) AS count FROM heads").get();
    expect(row?.count).toBe(1);
    database.close();
    const values = pointsOf(store, "gauge.number").get(0);
    expect(values?.map(([, value]) => value)).toEqual([
      ...Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 2),
      100,
    ]);
    const histograms = [...blocksOf(store, "gauge.exponential").values()].flat();
    expect(histograms.flatMap((block) => [...block.times()])).toHaveLength(count);
    expect(store.usage().unreadable).toBe(2);
    expect(warnings).toEqual([expect.stringMatching(/rows of table heads cannot be read and are left out/)]);
    store.close();
  },
);

test("a store of a later version is rejected with a remedy, and not changed", () => {
  const { path, open } = place();
  open().close();
  const database = openSqlite(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => open()).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_STORE_VERSION",
      message: expect.stringMatching(
        /^history ".*": schema version 99 is newer than the supported version 2; update tachymeter/,
      ),
    }),
  );
  expect(() => open(true)).toThrow(expect.objectContaining({ code: "TACHYMETER_STORE_VERSION" }));
});

test("a path that cannot be written or read is rejected with the reason and a remedy", () => {
  const { folder, path } = place();
  writeFileSync(path, "a text");
  for (const wrong of [join(folder, "absent", "a.db"), join(path, "a.db"), folder]) {
    expect(() => Store.open({ path: wrong })).toThrow(
      expect.objectContaining({
        code: "TACHYMETER_STORE_PATH",
        message: expect.stringMatching(/^history ".*": cannot be written \(.*\); use a path in an existing/),
      }),
    );
  }
  for (const wrong of [join(folder, "absent.db"), path]) {
    expect(() => Store.open({ path: wrong, readOnly: true })).toThrow(
      expect.objectContaining({
        code: "TACHYMETER_STORE_PATH",
        message: expect.stringMatching(/^history ".*": .*; use the path of a store$/),
      }),
    );
  }
  expect(readFileSync(path, "utf8")).toBe("a text");
});
