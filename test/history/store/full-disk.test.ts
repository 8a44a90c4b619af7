import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StoreOptions } from "../../../src/history/store/stored.ts";
import { KnownSeries } from "../../../src/history/store/collection-writer.ts";
import { Store } from "../../../src/history/store/index.ts";
import { openFallback, trimFallback } from "../../../src/history/store/tables.ts";
import { Unreadable } from "../../../src/history/store/unreadable.ts";
import { type SmallDisk, smallDisk } from "../../faults/small-disk.ts";
import { Collections, numberOf, pointsOf } from "./collections.ts";
import { limitedDisk } from "./limited-disk.ts";
import { newFolder } from "../../kit/new-folder.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = 100 * DAY;

interface Full {
  readonly disk: SmallDisk;
  readonly path: string;
  readonly store: Store;
  readonly warnings: string[];
  readonly clock: { now: number };
}

// A separate file system if mounting is permitted, and a simulated limit everywhere.
const DISKS = ["mounted", "limited"] as const;

function opened(kind: (typeof DISKS)[number], options: Partial<StoreOptions> = {}): Full {
  const folder = join(newFolder("full"), "disk");
  const disk = (kind === "mounted" ? smallDisk(folder) : undefined) ?? limitedDisk(`${folder}-limited`);
  const path = join(disk.folder, "history.db");
  const warnings: string[] = [];
  const clock = { now: START };
  const warn = (message: string): void => void warnings.push(message);
  const store = Store.open({ path, maxBytes: 4_000_000, ...options, now: () => clock.now, warn });
  return { disk, path, store, warnings, clock };
}

// Values that do not compress.
function figures(i: number, series = 500): readonly ReturnType<typeof numberOf>[] {
  return Array.from({ length: series }, (_, j) => numberOf(j, Math.sin(1_000 * i + j)));
}

test.for(DISKS)(
  "on a full disk (%s) the reserve is released and old data removed, so that writing continues",
  (kind) => {
    const { disk, path, store, warnings, clock } = opened(kind);
    const reserve = `${path}.reserve`;
    expect(statSync(reserve).size).toBe(312_500);
    const collections = new Collections();
    for (let i = 0; i < 120; i++) store.append(collections.at(START + i * MINUTE, figures(i)));
    disk.fill();
    clock.now = START + 31 * DAY;
    for (let i = 0; i < 60; i++) store.append(collections.at(clock.now + i * MINUTE, figures(i)));
    expect(existsSync(reserve)).toBe(false);
    expect(warnings).toEqual([]);
    expect(store.usage()).toMatchObject({ storage: "disk", newest: clock.now + 59 * MINUTE });
    // The reserve is created again once there is space.
    disk.free();
    store.maintain();
    expect(statSync(reserve).size).toBe(312_500);
    expect(store.usage()).toMatchObject({ oldest: clock.now, points: 30_000 });
    store.close();
  },
);

test("a counter continues as another series if the disk refuses it just after the clock was set back", () => {
  const { disk, path, store } = opened("limited");
  const collections = new Collections();
  const append = (time: number, value: number): void =>
    store.append(collections.at(time, [...figures(value), numberOf(500, value, "counter")]));
  for (let i = 1; i < 30; i++) append(START + i * MINUTE, i);
  disk.fill();
  append(START + 20 * MINUTE, 30);
  expect(existsSync(`${path}.reserve`)).toBe(false);
  expect(store.usage().storage).toBe("disk");
  const { id } = store.find("counter.number")[0]!;
  const counts = store.series(id).map((series) => {
    const blocks = [...store.read([series.id], -Infinity, Infinity)];
    return blocks.reduce((sum, { count }) => sum + count, 0);
  });
  expect(counts).toEqual([29, 1]);
  store.close();
});

test.for(DISKS)(
  "while a disk (%s) stays full, data is kept in memory with a warning, and written once there is space",
  (kind) => {
    const { disk, path, store, warnings, clock } = opened(kind);
    const collections = new Collections();
    const append = (i: number): void => store.append(collections.at(START + i * MINUTE, figures(i, 100)));
    for (let i = 0; i < 70; i++) append(i);
    disk.fill();
    for (let i = 70; i < 200; i++) {
      disk.fill();
      append(i);
    }
    store.appendSamples([{ metric: "sampled", timeUnixMillis: START, value: 1 }]);
    store.appendEvents([
      { id: "a", type: "t", source: "s", timeUnixMillis: START, data: "1", labels: "{}", metadata: "{}" },
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/^".*": the disk does not accept writes \(.*full.*\); data is kept/),
    ]);
    expect(store.usage()).toMatchObject({ storage: "memory", writeError: expect.stringContaining("full") });
    // All data is readable meanwhile.
    const valuesOf = (from: Store): number[] =>
      from
        .find("gauge.number")
        .flatMap(({ id }) => from.series(id))
        .filter(({ attributes }) => attributes["number"] === 3)
        .flatMap(({ id }) => [...from.read([id], -Infinity, Infinity)])
        .flatMap((block) => (block.kind === "numbers" ? [...block.values()] : []));
    const expected = Array.from({ length: 200 }, (_, i) => Math.sin(1_000 * i + 3));
    expect(valuesOf(store)).toEqual(expected);
    expect([...store.events({})].map(({ id }) => id)).toEqual(["a"]);

    disk.free();
    clock.now += MINUTE;
    store.maintain();
    expect(warnings.slice(1)).toEqual([`"${path}": writing to disk again, including the data in memory`]);
    expect(store.usage()).toMatchObject({ storage: "disk" });
    expect(store.usage().writeError).toBeUndefined();
    store.close();
    const again = Store.open({ path, readOnly: true });
    expect(valuesOf(again)).toEqual(expected);
    expect(pointsOf(again, "sampled").size).toBe(1);
    expect([...again.events({})].map(({ id }) => id)).toEqual(["a"]);
    again.close();
  },
);

test("data that is still in memory at the end is reported as lost", () => {
  const { disk, path, store, warnings } = opened("limited");
  const collections = new Collections();
  for (let i = 0; store.usage().storage === "disk"; i++) {
    disk.fill();
    store.append(collections.at(START + i * MINUTE, figures(i, 100)));
  }
  store.appendSamples([{ metric: "sampled", timeUnixMillis: START, value: 1 }]);
  store.appendEvents([
    { id: "a", type: "t", source: "s", timeUnixMillis: START, data: "1", labels: "{}", metadata: "{}" },
  ]);
  disk.fill();
  store.close();
  expect(warnings.slice(1)).toEqual([
    expect.stringContaining(`"${path}": the disk did not accept writes until the end (`),
  ]);
  expect(warnings[1]).toMatch(/; 101 points and 1 events in memory are lost$/);
  disk.free();
});

test("counters of a full disk stay apart if the clock was set back meanwhile", () => {
  const { disk, store, clock } = opened("limited");
  const collections = new Collections();
  const append = (time: number, value: number): void =>
    store.append(collections.at(time, [...figures(time, 100), numberOf(100, value, "counter")]));
  append(START, 100);
  for (let i = 1; store.usage().storage === "disk"; i++) {
    disk.fill();
    append(START + i, 101);
  }
  append(START + MINUTE, 102);
  append(START - 50 * MINUTE, 103);
  append(START - 49 * MINUTE, 104);
  disk.free();
  clock.now += MINUTE;
  expect(store.recover()).toBe(true);
  const [counter] = store.find("counter.number");
  const courses = store
    .series(counter?.id ?? 0)
    .map(({ id }) =>
      [...store.read([id], -Infinity, Infinity)].flatMap((block) =>
        block.kind === "numbers" ? [...block.values()] : [],
      ),
    );
  expect(courses.map((values) => [values[0], values.at(-1)])).toEqual([
    [100, 102],
    [103, 104],
  ]);
  store.close();
});

test.for(DISKS)("a store on a full disk (%s) is opened in the space of its reserve", (kind) => {
  const { disk, path, store } = opened(kind);
  const collections = new Collections();
  for (let i = 0; i < 70; i++) store.append(collections.at(START + i * MINUTE, figures(i, 100)));
  store.close();
  disk.fill();
  const again = Store.open({ path, maxBytes: 4_000_000, now: () => START + 70 * MINUTE });
  again.append(new Collections("b").at(START + 70 * MINUTE, figures(70, 100)));
  expect(again.usage()).toMatchObject({ storage: "disk", points: 7_100 });
  again.close();
});

test("the series of removed collections do not fill the memory of a full disk", () => {
  const known = { metrics: new KnownSeries(), rules: new KnownSeries() };
  const tables = openFallback(known, MINUTE, new Unreadable("", () => {}));
  const { metrics: writer } = tables.writers;
  const collections = new Collections();
  for (let i = 0; i < 3; i++) {
    const collection = collections.at(START + i * MINUTE, [numberOf(i, i)]);
    known.metrics.learn(collection);
    writer.append(collection);
  }
  // As many lists as all collections of a long time have, whose series or widths changed each time.
  const none = new Int32Array(2 ** 22).fill(1);
  tables.heads.addRoster({ series: none, widths: none });
  expect([trimFallback(tables), trimFallback(tables)]).toEqual([true, false]);
  const [metric] = tables.catalog.metrics();
  const numbers = tables.catalog.seriesOf(metric?.id ?? 0).map(({ attributes }) => attributes["number"]);
  expect(numbers).toEqual([2]);
  // A series returns.
  writer.append(collections.at(START + 3 * MINUTE, [numberOf(0, 5), numberOf(2, 5)]));
  expect(tables.heads.buckets().map(({ ids }) => ids)).toEqual([[3, 4]]);
  expect(tables.catalog.seriesOf(metric?.id ?? 0)).toHaveLength(2);
  tables.database.close();
});
