// Stores with corrupted content. Readable data is returned, the rest is counted and reported, and no raw JavaScript
// error is thrown.
import { copyFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AggregateName, History } from "tachymeter/history";
import { beforeAll, expect, test } from "vitest";
import { answer } from "../../src/history/query/answer.ts";
import { openSqlite } from "../../src/history/store/sqlite.ts";
import { Store } from "../../src/history/store/index.ts";
import { tachymeter } from "../cli/running.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { complaintsOf, type EndedProcess } from "../kit/process.ts";
import { type Collected, Collections, numberOf, pointsOf } from "../history/store/collections.ts";
import { newFolder } from "../kit/new-folder.ts";

const START = Date.parse("2026-09-21T13:00:00Z");
const INTERVAL = 10_000;
const COLLECTIONS = 300;
const END = START + COLLECTIONS * INTERVAL;
const EVENTS = 40;
const METRICS = ["gauge.number", "counter.number", "histogram.buckets", "histogram.exponential", "sampled"];
const AGGREGATES: readonly (AggregateName | undefined)[] = [undefined, "LAST", "SUM", "QUANTILE"];

let healthy: string;

// Points of each kind, sealed and not sealed, with single values and events.
beforeAll(() => {
  healthy = join(newFolder("hostile"), "healthy.db");
  let now = START;
  const store = Store.open({
    path: healthy,
    intervalMillis: INTERVAL,
    now: () => now,
    warn: expect.unreachable,
  });
  const collections = new Collections();
  for (let i = 1; i <= COLLECTIONS; i++) {
    now = START + i * INTERVAL;
    store.append(
      collections.at(now, [numberOf(0, Math.sin(i)), numberOf(1, i, "counter"), ...histograms(i)]),
    );
  }
  const values = Array.from({ length: 20 }, (_, i) => ({
    metric: "sampled",
    timeUnixMillis: START + i,
    value: i,
  }));
  store.appendSamples(values);
  store.appendEvents(
    Array.from({ length: EVENTS }, (_, i) => ({
      id: `event ${String(i).padStart(2, "0")}`,
      type: "ALERT",
      source: "core",
      timeUnixMillis: START + i,
      data: JSON.stringify({ i }),
      labels: "{}",
      metadata: "{}",
    })),
  );
  store.close();
});

function histograms(i: number): readonly Collected[] {
  const bounds = [1, 2, 5];
  return [
    { id: 2, type: "histogram", layout: { kind: "buckets", bounds }, cells: [3 * i, i, i, i, 0] },
    // Sum, zero count, scale, offset and length of the positive window, the same of the negative one, counts.
    { id: 3, type: "histogram", layout: { kind: "exponential" }, cells: [i, 0, 3, 2, 2, 0, 0, i, i] },
  ];
}

function damaged(...statements: readonly string[]): string {
  const path = join(newFolder("hostile"), "damaged.db");
  copyFileSync(healthy, path);
  const database = openSqlite(path);
  for (const statement of statements) database.exec(statement);
  database.close();
  return path;
}

interface Read {
  /** Points of each metric, and events. */
  readonly points: Readonly<Record<string, number>>;
  readonly unreadable: number | undefined;
}

// Runs all kinds of queries.
async function readAll(path: string): Promise<Read> {
  await using history = await History.open({ path, readOnly: true });
  const points: Record<string, number> = {};
  const range = { from: new Date(START), to: new Date(END) };
  for await (const _ of history.metrics()) points["metrics"] = (points["metrics"] ?? 0) + 1;
  for (const metric of METRICS) {
    for (const aggregate of AGGREGATES) {
      const step = aggregate === undefined ? {} : { aggregate, step: 600 };
      const { series } = await history.query({ metric, ...range, ...step });
      if (aggregate === undefined) points[metric] = series.reduce((sum, each) => sum + each.points.length, 0);
    }
    for await (const attributes of history.series(metric)) expect(attributes).toBeTypeOf("object");
  }
  for await (const event of history.events({ to: new Date(END) })) {
    expect(JSON.stringify(event)).toContain("timestamp");
    points["events"] = (points["events"] ?? 0) + 1;
  }
  for await (const { data } of history.events({ to: new Date(END), where: { i: "7" } }))
    expect(data).toEqual({ i: 7 });
  const { unreadable } = await history.usage();
  return { points, unreadable };
}

const WHOLE = {
  metrics: METRICS.length,
  "gauge.number": COLLECTIONS,
  "counter.number": COLLECTIONS,
  "histogram.buckets": COLLECTIONS,
  "histogram.exponential": COLLECTIONS,
  sampled: 20,
  events: EVENTS,
};
// An unsealed collection holds a point of each collected series.
const COLLECTED = ["gauge.number", "counter.number", "histogram.buckets", "histogram.exponential"];
const SEALED = 240;
const BLOBS = [
  ["chunks", "summary"],
  ["chunk_points", "points"],
  ["heads", "cells"],
] as const;

test("a healthy store is read as a whole, without a warning", async () => {
  const warnings = collectWarnings();
  expect(await readAll(healthy)).toEqual({ points: WHOLE, unreadable: undefined });
  expect(warnings).toEqual([]);
});

const DEEP = `'${"[".repeat(50_000)}${"]".repeat(50_000)}'`;
const LATEST = "rowid = (SELECT max(rowid) FROM";

test.for([
  ["data nested 50,000 deep", `UPDATE events SET data = ${DEEP} WHERE ${LATEST} events)`, { events: 1 }],
  ["labels that end too early", `UPDATE events SET labels = '{"a":' WHERE ${LATEST} events)`, { events: 1 }],
  ["an event without a text", `UPDATE events SET metadata = x'00ff' WHERE ${LATEST} events)`, { events: 1 }],
  ["an event at no time", `UPDATE events SET time = 9e18 WHERE ${LATEST} events)`, { events: 1 }],
  ["a value that is a blob", `UPDATE samples SET value = x'01' WHERE ${LATEST} samples)`, { sampled: 1 }],
  [
    "a summary that is a blob",
    `UPDATE chunks SET summary = randomblob(60) WHERE id = 1`,
    { "gauge.number": SEALED / 4 },
  ],
  [
    "points that are a blob",
    `UPDATE chunk_points SET points = randomblob(900) WHERE id = 1`,
    { "gauge.number": SEALED / 4 },
  ],
  [
    "points that end too early",
    `UPDATE chunk_points SET points = substr(points, 1, 9) WHERE id = 1`,
    { "gauge.number": SEALED / 4 },
  ],
  [
    "a chunk of times that no number holds",
    `UPDATE chunks SET last = 9223372036854775807 WHERE id = 1`,
    { "gauge.number": SEALED / 4 },
  ],
  [
    "a collection that is too short",
    `UPDATE heads SET cells = substr(cells, 1, 24) WHERE ${LATEST} heads)`,
    Object.fromEntries(COLLECTED.map((name) => [name, 1])),
  ],
  [
    "a series of attributes nested 50,000 deep",
    `INSERT INTO texts VALUES (99, ${DEEP}); UPDATE series SET attributes = 99 WHERE id = 1`,
    { "gauge.number": COLLECTIONS },
  ],
  [
    "a series of an attribute nested 50,000 deep",
    `INSERT INTO texts VALUES (99, '{"a":' || ${DEEP} || '}'); UPDATE series SET attributes = 99 WHERE id = 1`,
    { "gauge.number": COLLECTIONS },
  ],
  [
    "a series of a layout that is null",
    `INSERT INTO texts VALUES (99, 'null'); UPDATE series SET layout = 99 WHERE id = 1`,
    { "gauge.number": COLLECTIONS },
  ],
  [
    "a series whose attributes are gone",
    `UPDATE series SET attributes = 99 WHERE id = 1`,
    { "gauge.number": COLLECTIONS },
  ],
  [
    "a metric of an unknown type",
    `UPDATE metrics SET type = 'metric' WHERE id = 1`,
    { "gauge.number": COLLECTIONS, metrics: 1 },
  ],
] as const)(
  "%s: one row is left out, counted and reported, the others are read",
  async ([, damage, missing]) => {
    const warnings = collectWarnings();
    const path = damaged(damage);
    const left = Object.entries(WHOLE).map(([name, count]) => [
      name,
      count - (new Map(Object.entries(missing)).get(name) ?? 0),
    ]);
    expect(await readAll(path)).toEqual({ points: Object.fromEntries(left), unreadable: 1 });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^history: ".*damaged\.db": rows of table \w+ cannot be read and are left out; restore a backup/,
      ),
    ]);
  },
);

test("a store with any changed bytes is read without an error", async () => {
  let seed = 1;
  const random = (end: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % end;
  };
  for (let round = 0; round < 15; round++) {
    const path = damaged();
    const database = openSqlite(path);
    for (const [table, column] of BLOBS) {
      const rows = database
        .prepare<{ id: number; blob: Uint8Array }>(`SELECT id, ${column} AS blob FROM ${table}`)
        .all();
      const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`);
      for (const { id, blob } of rows.filter(() => random(4) === 0)) {
        const bytes = Uint8Array.from(blob);
        for (let i = random(4); i >= 0; i--)
          bytes[random(Math.min(bytes.length, 3 ** (1 + random(8))))] = random(256);
        update.run(random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes, id);
      }
    }
    database.close();
    const store = Store.open({ path, readOnly: true, intervalMillis: INTERVAL, warn: () => {} });
    for (const metric of COLLECTED)
      for (const aggregate of [undefined, "SUM", "QUANTILE"] as const) {
        const question = { metric, where: {}, from: START, to: END, quantile: 0.5, by: undefined };
        await answer({ ...question, step: aggregate && 60_000, aggregate }, (read) =>
          store.snapshot(() => read(store)),
        );
      }
    expect(store.usage().unreadable).toBeGreaterThan(0);
    store.close();
  }
});

test("a process keeps writing to a store with unreadable rows, and deletes old data", () => {
  const path = damaged(
    `UPDATE heads SET time = 9223372036854775807 WHERE ${LATEST} heads)`,
    `UPDATE chunks SET summary = randomblob(60)`,
    `UPDATE events SET data = ${DEEP}`,
  );
  let now = END + 60_000;
  const store = Store.open({ path, intervalMillis: INTERVAL, now: () => now, warn: () => {} });
  const again = new Collections("again");
  for (let i = 0; i < 5; i++) store.append(again.at((now += INTERVAL), [numberOf(0, i)]));
  expect(pointsOf(store, "gauge.number").get(0)?.slice(-5)).toEqual(
    Array.from({ length: 5 }, (_, i) => [now - (4 - i) * INTERVAL, i]),
  );
  now += 40 * 86_400_000;
  store.maintain();
  expect(store.usage()).toMatchObject({ events: 0 });
  expect(store.events({})).toEqual([]);
  store.close();
});

test("commands show readable data and the number of unreadable rows, and exit with 1", async () => {
  const path = damaged(
    `UPDATE events SET data = ${DEEP} WHERE id = 'event 07'`,
    "UPDATE events SET labels = '[' WHERE id = 'event 08'",
  );
  const [table, json, field] = await Promise.all([
    tachymeter("events", path),
    tachymeter("events", path, "--json"),
    tachymeter("events", path, "--where", "i=9"),
  ]);
  expect(table.stdout.split("\n")).toHaveLength(1 + EVENTS - 2 + 1);
  expect(json.stdout.split("\n")).toHaveLength(EVENTS - 2 + 1);
  expect(field.stdout).toContain('{"i":9}');
  for (const child of [table, json])
    expect(await outcomeOf(child)).toEqual({
      code: 1,
      stderr: `tachymeter: store "${path}": 2 rows could not be read and were left out; restore a backup or start a new store\n`,
    });
});

test("a store of random blobs is not reported as empty", async () => {
  const path = damaged(
    ...BLOBS.map(([table, column]) => `UPDATE ${table} SET ${column} = randomblob(100)`),
    "UPDATE rosters SET series = randomblob(20), widths = randomblob(20)",
  );
  const range = ["--from", new Date(START).toISOString(), "--to", new Date(END).toISOString()];
  const child = await tachymeter("query", path, "gauge.number", "--points", ...range);
  const { code, stderr } = await outcomeOf(child);
  expect(stderr).toMatch(
    /^tachymeter: store ".*": 6\d rows could not be read and were left out; restore a backup/,
  );
  expect(code).toBe(1);
});

test.for([
  [
    "an empty file",
    (path: string) => truncateSync(path, 0),
    1,
    /the file is still empty; use the path of a store/,
  ],
  [
    "a truncated file",
    (path: string) => truncateSync(path, 9_000),
    1,
    /the file is truncated; use the path of a store/,
  ],
  [
    "random bytes",
    (path: string) => writeFileSync(path, Buffer.alloc(9_000, "random")),
    1,
    /not an SQLite database; use the path of a store/,
  ],
] as const)(
  "%s instead of a store: the error names it and the remedy",
  async ([, damage, expected, problem]) => {
    const path = damaged();
    damage(path);
    const { code, stderr } = await outcomeOf(await tachymeter("query", path));
    expect(stderr).toMatch(problem);
    expect(stderr).toContain(path);
    expect(code).toBe(expected);
  },
);

test("a store without its tables is refused with its name and the remedy", async () => {
  const path = damaged("DROP TABLE events; DROP TABLE chunks");
  const { code, stderr } = await outcomeOf(await tachymeter("query", path));
  expect(stderr).toMatch(
    /^tachymeter: history ".*damaged\.db" cannot be used \(no such table: .*\); check that the file is an undamaged store/,
  );
  expect(code).toBe(1);
});

test("a path of 5,000 characters is refused with the remedy, in one log line", async () => {
  const path = join("/tmp", "a".repeat(5_000));
  for (const word of ["query", "events"]) {
    const { code, stderr } = await outcomeOf(await tachymeter(word, path));
    expect(stderr).toMatch(
      /^tachymeter: store "\/tmp\/a+…a+": file not found; specify a history file or a URL\n$/,
    );
    expect(code).toBe(2);
  }
  for (const readOnly of [true, false])
    await expect(History.open({ path, readOnly })).rejects.toThrow(
      /^history "\/tmp\/a+…a+": cannot be (?:read|written) \(ENAMETOOLONG: name too long\); use /,
    );
});

test("a start before all valid dates is refused, and the error shows it as received", async () => {
  for (const words of [
    ["query", healthy, "gauge.number"],
    ["events", healthy],
  ]) {
    const { code, stderr } = await outcomeOf(await tachymeter(...words, "--from", "9999999999999d"));
    expect(stderr).toBe(
      'tachymeter: --from: "9999999999999d" ago is before the earliest supported date; use a shorter time\n',
    );
    expect(code).toBe(2);
  }
});

async function outcomeOf(child: EndedProcess): Promise<{ code: number | null; stderr: string }> {
  const { code } = await child.exit;
  return { code, stderr: complaintsOf(child) };
}
