import { statSync } from "node:fs";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { query } from "tachymeter/query";
import { expect, test } from "vitest";
import type { StoreOptions } from "../../../src/history/store/stored.ts";
import { Store } from "../../../src/history/store/index.ts";
import { fillHistory } from "../filled-history.ts";
import { Collections, numberOf, pointsOf } from "./collections.ts";
import { newFolder } from "../../kit/new-folder.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = 100 * DAY;

function opened(options: Partial<StoreOptions> = {}): {
  readonly store: Store;
  readonly path: string;
  readonly clock: { now: number };
} {
  const path = join(newFolder("retention"), "history.db");
  const clock = { now: START };
  const store = Store.open({ path, ...options, now: () => clock.now });
  return { path, store, clock };
}

function sizeOf(path: string): number {
  return statSync(path).size + statSync(`${path}-wal`).size;
}

const event = (id: string, timeUnixMillis: number) => ({
  id,
  type: "t",
  source: "s",
  timeUnixMillis,
  data: JSON.stringify("x".repeat(500)),
  labels: "{}",
  metadata: "{}",
});

test("a process whose points were removed is no longer among the processes", () => {
  const { store: first, path, clock } = opened();
  first.append(new Collections("a").at(START, [numberOf(0, 1)]));
  first.close();
  const second = Store.open({ path, now: () => clock.now });
  const instances = () => second.processes().map(({ resource }) => resource["service.instance.id"]);
  const collections = new Collections("b");
  clock.now = START + 3 * 60 * MINUTE;
  second.append(collections.at(clock.now, [numberOf(0, 2)]));
  second.maintain();
  expect(instances()).toEqual(["a", "b"]);
  clock.now = START + 31 * DAY;
  second.append(collections.at(clock.now, [numberOf(0, 3)]));
  second.maintain();
  expect(instances()).toEqual(["b"]);
  second.close();
});

test("points are removed after 30 days and events after 7, with empty series", () => {
  const { store, clock } = opened();
  const collections = new Collections();
  for (let i = 0; i < 120; i++)
    store.append(collections.at(START + i * MINUTE, [numberOf(0, i), numberOf(1, i)]));
  store.appendSamples([{ metric: "sampled", timeUnixMillis: START, value: 1 }]);
  store.appendEvents([event("a", START), event("b", START + DAY)]);
  clock.now = START + 7.5 * DAY;
  store.append(collections.at(clock.now, [numberOf(1, 1)]));
  store.maintain();
  expect([...store.events({})].map(({ id }) => id)).toEqual(["b"]);
  expect(store.usage()).toMatchObject({ points: 242, series: 3, oldest: START });
  clock.now = START + 32 * DAY;
  store.append(collections.at(clock.now, [numberOf(1, 2)]));
  store.maintain();
  expect(store.metrics().map(({ name }) => name)).toEqual(["gauge.number"]);
  expect(pointsOf(store, "gauge.number")).toEqual(
    new Map([
      [
        1,
        [
          [START + 7.5 * DAY, 1],
          [START + 32 * DAY, 2],
        ],
      ],
    ]),
  );
  // A forgotten series is added again when it returns.
  store.append(collections.at(clock.now + MINUTE, [numberOf(0, 5), numberOf(1, 3)]));
  store.appendSamples([{ metric: "sampled", timeUnixMillis: clock.now, value: 2 }]);
  expect(pointsOf(store, "gauge.number").get(0)).toEqual([[clock.now + MINUTE, 5]]);
  expect(pointsOf(store, "sampled").size).toBe(1);
  store.close();
});

test("beyond the size limit the oldest data is removed, and the file shrinks", () => {
  const maxBytes = 4 * 1024 * 1024;
  const { store, path } = opened({ maxBytes });
  const collections = new Collections();
  const noise = (i: number, j: number): number => Math.sin(i * 1_000 + j);
  for (let i = 0; i < 600; i += 2) {
    const series = Array.from({ length: 300 }, (_, j) => numberOf(j, noise(i, j)));
    store.append(collections.at(START + i * MINUTE, series));
  }
  store.appendEvents(Array.from({ length: 6_000 }, (_, k) => event(String(k), START + (k % 600) * MINUTE)));
  expect(sizeOf(path)).toBeGreaterThan(maxBytes);
  store.maintain();
  expect(sizeOf(path)).toBeLessThan(maxBytes);
  const { points, events, oldest, newest, bytes } = store.usage();
  expect(bytes).toBe(sizeOf(path));
  expect(newest).toBe(START + 599 * MINUTE);
  expect(points).toBeGreaterThan(10_000);
  expect(events).toBeGreaterThan(1_000);
  expect(oldest).toBeGreaterThan(START + 60 * MINUTE);
  // There are no gaps in the remaining data.
  const times = pointsOf(store, "gauge.number")
    .get(0)!
    .map(([time]) => time);
  expect(times).toEqual(times.map((_, i) => START + (598 - 2 * (times.length - 1 - i)) * MINUTE));
  store.close();
});

test("if the latest points alone are beyond the limit, not everything else is removed, with a warning", () => {
  const warnings: string[] = [];
  const maxBytes = 1024 * 1024;
  const { store, clock } = opened({ maxBytes, warn: (message) => warnings.push(message) });
  const collections = new Collections();
  for (let i = 1; i <= 50; i++) {
    clock.now = START + i * MINUTE;
    const series = Array.from({ length: 3_000 }, (_, j) => numberOf(j, i));
    store.append(collections.at(clock.now, series));
  }
  store.appendEvents(Array.from({ length: 100 }, (_, k) => event(String(k), START + k)));
  for (const events of [94, 89]) {
    store.maintain();
    expect(store.usage()).toMatchObject({ events, points: 150_000 });
  }
  expect(warnings).toEqual([expect.stringMatching(/: the latest points alone are larger than maxBytes/)]);
  store.close();
});

test("old data is removed in steps, so that an ending process waits for only one", () => {
  let steps = Infinity;
  const { store, clock, path } = opened({ isEnding: () => steps-- <= 0 });
  store.appendEvents(Array.from({ length: 12_000 }, (_, k) => event(String(k), START + k)));
  store.appendSamples(
    Array.from({ length: 6_000 }, (_, k) => ({ metric: "sampled", timeUnixMillis: START + k, value: k })),
  );
  const left = (): number[] => [store.usage().events, store.usage().points];
  clock.now = START + 40 * DAY;
  // Removes chunks, samples, more samples, and then one step of events.
  steps = 4;
  store.maintain();
  expect(left()).toEqual([7_000, 0]);
  // The store itself does not show what has expired.
  const reader = Store.open({ path, readOnly: true });
  expect([...reader.events({ limit: 1 })]).toMatchObject([{ timeUnixMillis: START + 5_000 }]);
  reader.close();
  steps = Infinity;
  store.maintain();
  expect(left()).toEqual([0, 0]);
  store.close();
});

test("heads of an exited process are sealed by another one", () => {
  const { path, store: gone } = opened();
  const collections = new Collections();
  for (let i = 1; i <= 30; i++) gone.append(collections.at(START + i * MINUTE, [numberOf(0, i)]));
  gone.close();
  const store = Store.open({ path, now: () => START + DAY });
  const before = pointsOf(store, "gauge.number");
  store.maintain();
  const blocks = [
    ...store.read(
      store.series(store.metrics()[0]!.id).map(({ id }) => id),
      -Infinity,
      Infinity,
    ),
  ];
  expect(blocks.map(({ count }) => count)).toEqual([30]);
  expect(pointsOf(store, "gauge.number")).toEqual(before);
  store.close();
});

test("a series that another process removed, since it was absent for longer than the retention, is stored again", () => {
  const { path, store, clock } = opened({ metricsMillis: DAY });
  const other = Store.open({ path, metricsMillis: DAY, now: () => clock.now });
  const collections = new Collections();
  store.append(collections.at(clock.now, [numberOf(0, 1), numberOf(1, 1)]));
  while (clock.now < START + 3 * DAY) {
    clock.now += DAY / 24;
    store.append(collections.at(clock.now, [numberOf(0, 2)]));
    other.maintain();
    store.maintain();
  }
  expect(pointsOf(store, "gauge.number").has(1)).toBe(false);
  clock.now += MINUTE;
  store.append(collections.at(clock.now, [numberOf(0, 3), numberOf(1, 3)]));
  expect(pointsOf(other, "gauge.number").get(1)).toEqual([[clock.now, 3]]);
  other.close();
  store.close();
});

test("a counter that another process removed is stored again, also after the clock was set back", () => {
  const { path, store, clock } = opened({ metricsMillis: DAY });
  const other = Store.open({ path, metricsMillis: DAY, now: () => clock.now });
  const collections = new Collections();
  store.append(collections.at(clock.now, [numberOf(0, 1, "counter"), numberOf(1, 1, "counter")]));
  while (clock.now < START + 3 * DAY) {
    clock.now += DAY / 24;
    store.append(collections.at(clock.now, [numberOf(0, 2, "counter")]));
    other.maintain();
  }
  clock.now -= MINUTE;
  store.append(collections.at(clock.now, [numberOf(0, 3, "counter"), numberOf(1, 4, "counter")]));
  expect(pointsOf(other, "counter.number").get(1)).toEqual([[clock.now, 4]]);
  other.close();
  store.close();
});

test("a counter continues as another series if the clock is set back just after a removal", () => {
  const { store, clock } = opened({ metricsMillis: DAY });
  const collections = new Collections();
  store.append(collections.at(clock.now, [numberOf(0, 1, "counter"), numberOf(1, 1, "counter")]));
  while (clock.now < START + 3 * DAY) {
    clock.now += DAY / 24;
    store.append(collections.at(clock.now, [numberOf(0, 2, "counter")]));
  }
  const last = clock.now;
  store.maintain();
  store.append(collections.at(last - MINUTE, [numberOf(0, 3, "counter")]));
  const { id } = store.find("counter.number")[0]!;
  const ends = store.series(id).map((series) => {
    const blocks = [...store.read([series.id], last - MINUTE, Infinity)];
    return blocks.flatMap((block) => (block.kind === "numbers" ? [...block.values()] : []));
  });
  expect(ends).toEqual([[2], [3]]);
  store.close();
});

test("a counter that is absent when the clock is set back, and that has ended, is removed", () => {
  const { store, clock } = opened({ metricsMillis: DAY });
  const collections = new Collections();
  const metrics = (): number => store.metrics().reduce((sum, { series }) => sum + series, 0);
  store.append(collections.at(clock.now, [numberOf(0, 1, "counter"), numberOf(1, 1, "counter")]));
  clock.now -= MINUTE;
  store.append(collections.at(clock.now, [numberOf(0, 2, "counter")]));
  expect(metrics()).toBe(4);
  while (clock.now < START + 4 * DAY) {
    clock.now += DAY / 24;
    store.append(collections.at(clock.now, [numberOf(0, 3, "counter")]));
  }
  store.maintain();
  expect(metrics()).toBe(1);
  store.close();
});

test("a process whose heads were sealed by another one continues", () => {
  const { path, store } = opened();
  const collections = new Collections();
  store.append(collections.at(START, [numberOf(0, 1)]));
  const other = Store.open({ path, now: () => START + DAY });
  other.maintain();
  store.append(collections.at(START + DAY, [numberOf(0, 2)]));
  expect(pointsOf(other, "gauge.number").get(0)).toEqual([
    [START, 1],
    [START + DAY, 2],
  ]);
  other.close();
  store.close();
});

test("what has expired is not shown, also before it is removed", () => {
  const { store, clock, path } = opened();
  const collections = new Collections();
  for (let i = 0; i < 150; i++)
    store.append(collections.at(START + i * MINUTE, [numberOf(0, i), numberOf(1, i)]));
  store.appendSamples(
    [0, 30, 90].map((i) => ({ metric: "sampled", timeUnixMillis: START + i * MINUTE, value: i })),
  );
  store.appendEvents([event("a", START), event("b", START + 40 * MINUTE)]);
  const times = (from: Store): readonly (readonly [number, number])[] =>
    [...pointsOf(from, "gauge.number").values()].map((points) => [points.length, points[0]?.[0] ?? 0]);
  clock.now = START + 30 * DAY;
  expect(times(store)).toEqual([
    [150, START],
    [150, START],
  ]);
  // Within the first chunk, which is removed as a whole.
  clock.now += 30.5 * MINUTE;
  const oldest = START + 31 * MINUTE;
  expect(times(store)).toEqual([
    [119, oldest],
    [119, oldest],
  ]);
  expect([...pointsOf(store, "sampled").values()]).toEqual([[[START + 90 * MINUTE, 90]]]);
  expect(store.oldestCollected()).toBe(clock.now - 30 * DAY);
  expect(store.span().oldest).toBe(clock.now - 30 * DAY);
  const [metric] = store.find("sampled");
  expect(store.sampled(metric?.id ?? -1, 0, clock.now)).toMatchObject({ count: 1, sum: 90 });
  clock.now = START + 7 * DAY + MINUTE;
  expect([...store.events({})].map(({ id }) => id)).toEqual(["b"]);
  expect(store.latestEvents({ from: 0, to: clock.now, max: 9, maxOfType: 9 }).map(({ id }) => id)).toEqual([
    "b",
  ]);
  // Another program that reads the file does not know for how long it is kept.
  const reader = Store.open({ path, readOnly: true, now: () => START + 90 * DAY });
  expect(times(reader)).toEqual([
    [150, START],
    [150, START],
  ]);
  reader.close();
  store.close();
});

test("a history that is opened with a shorter retention never shows what is older", async () => {
  const path = join(newFolder("retention"), "history.db");
  const now = Math.floor(Date.now() / 1_000);
  await fillHistory({
    path,
    from: now - 26 * 3_600,
    to: now - 3_600,
    interval: 300,
    record(provider) {
      const meter = provider.getMeter("test");
      const [queue, sent] = [meter.createGauge("queue.size"), meter.createCounter("sent")];
      const duration = meter.createHistogram("duration");
      return () => {
        queue.record(1);
        sent.add(1);
        duration.record(1);
      };
    },
  });
  await using history = await History.open({ path, retention: { metricsDays: 1 } });
  const limit = Date.now() / 1_000 - 86_400;
  const range = { from: now - 2 * 86_400, to: now };
  const [gauge] = (await history.query({ metric: "queue.size", ...range })).series;
  expect(gauge?.points[0]?.[0]).toBeGreaterThanOrEqual(limit);
  expect(gauge?.points[0]?.[0]).toBeLessThan(limit + 400);
  const count = (gauge?.points.length ?? 0) + 1;
  for (const name of ["queue_size", "sent_total", "duration_count"]) {
    const counted = await query(`count_over_time(${name}[2d])`, { source: history, time: now });
    expect(counted).toMatchObject({ kind: "vector", series: [{ value: expect.closeTo(count, -0.5) }] });
    const samples = await query(`${name}[2d]`, { source: history, time: now });
    expect(samples.kind === "matrix" && samples.series[0]?.times[0]).toBeGreaterThanOrEqual(limit);
  }
});
