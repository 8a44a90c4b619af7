import { join } from "node:path";
import { History } from "tachymeter/history";
import { expect, onTestFinished, test, vi } from "vitest";
import { storeOf } from "../../src/history/store-of.ts";
import { latestStored } from "../../src/page/past-events.ts";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";
import { servedPage } from "./kit/served-page.ts";

async function storeWith(times: readonly number[], rare: readonly number[] = []): Promise<string> {
  const path = join(newFolder("past-events"), "shop.db");
  const history = await History.open({ path });
  await storeOf(history).appendEvents(
    [...rare, ...times].map((time, i) => ({
      id: `event-${i}`,
      type: i < rare.length ? "app.failed" : "app.deployed",
      source: "shop",
      timeUnixMillis: Math.round(time * 1_000),
      data: JSON.stringify({ number: i }),
      labels: "{}",
      metadata: "{}",
    })),
  );
  await history.close();
  return path;
}

test("events from before the process are in the list and on the charts", async () => {
  const now = Date.now() / 1_000;
  const path = await storeWith([now - 7_200, now - 120]);
  const page = await servedPage({ history: { path } });
  page.telemetry.events.record({ event_type: "app.started", source: "shop", data: {} });
  for (const view of ["events", "overview"]) {
    const stream = await page.stream(view, "5m");
    const { events } = await stream.next("view");
    const own = events.filter(({ type }) => type.startsWith("app."));
    expect(own.map(({ type, text }) => [type, text])).toEqual([
      ["app.deployed", "number=1"],
      ["app.started", ""],
    ]);
    stream.close();
  }
  const { events } = await page.past("events", now - 8_000, now - 60);
  const stored = events.filter(({ type }) => type === "app.deployed");
  expect(stored.map(({ text }) => text)).toEqual(["number=0", "number=1"]);
});

test("only the latest events of a long range are read", async () => {
  const path = await storeWith(Array.from({ length: 40 }, (_, i) => 1_000 + 100 * i));
  const history = await History.open({ path, readOnly: true });
  const { signal } = new AbortController();
  const found = await latestStored(storeOf(history), { from: 0, to: 5_000, signal }, 3);
  expect(found.map(({ timestamp }) => Date.parse(timestamp) / 1_000)).toEqual([4_700, 4_800, 4_900]);
  await history.close();
});

test("the latest events of a busy store are shown, and rare ones of the range", async () => {
  const now = Date.now() / 1_000;
  const frequent = Array.from({ length: 45_000 }, (_, i) => now - 3_600 + i * 0.08);
  const path = await storeWith(frequent, [now - 1_000_000, now - 3_500]);
  const page = await servedPage({ history: { path } });
  for (const [view, range, count] of [
    ["events", 86_400, 1_000],
    ["overview", 86_400, 200],
    ["events", 3_600, 1_000],
  ] as const) {
    const { events } = await page.past(view, now - range, now);
    const own = events.filter(({ type }) => type.startsWith("app."));
    // The start of this process may be one of them.
    expect([count, count - 1]).toContain(own.length);
    expect([own[0]?.type, own[1]?.type]).toEqual(["app.failed", "app.deployed"]);
    expect(own.at(-1)?.text).toBe("number=45001");
  }
});

test("starts of earlier processes are marks, one for each, and restarts in the status", async () => {
  const path = join(newFolder("starts"), "shop.db");
  // The process of the tests may be older than theirs.
  vi.spyOn(performance, "timeOrigin", "get").mockReturnValue(Date.now() - 60_000);
  onTestFinished(() => void vi.restoreAllMocks());
  const now = Math.floor(Date.now() / 1_000);
  const starts = [now - 3_000, now - 1_500];
  for (const [i, start] of starts.entries())
    await fillHistory({
      path,
      from: start + 7,
      to: start + 900,
      interval: 30,
      instance: `process ${i}`,
      record(provider) {
        const uptime = provider.getMeter("shop").createGauge("process.uptime", { unit: "s" });
        return (time) => uptime.record(time - start + (time % 3) / 10);
      },
    });
  const page = await servedPage({ history: { path } });
  const { events } = await page.past("overview", now - 3_500, now - 400);
  const found = events.filter(({ type, time }) => type === "application.started" && time < now - 1_000);
  expect(found).toHaveLength(starts.length);
  for (const [i, { time }] of found.entries()) expect(Math.abs(time - (starts[i] ?? 0))).toBeLessThan(5);
  const stream = await page.stream("overview");
  // The first one took the place of none.
  const status = await stream.next("status", ({ restarts }) => restarts > 0);
  expect(status).toMatchObject({ restarts: starts.length - 1, hasHistory: true });
});

test("a process that goes on after its machine was suspended was not restarted", async () => {
  const path = join(newFolder("starts"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  // Each is awake for less time before the pause than the pause takes. The second process is that of the page.
  const lives = [
    { start: now - 5_000, asleep: now - 4_600, awake: now - 4_000, end: now - 3_000 },
    { start: now - 2_500, asleep: now - 2_000, awake: now - 1_000, end: now - 30 },
  ];
  for (const [i, { start, asleep, awake, end }] of lives.entries())
    await fillHistory({
      path,
      from: start + 7,
      to: end,
      interval: 30,
      instance: `process ${i}`,
      isAsleep: (time) => time > asleep && time < awake,
      record(provider) {
        const uptime = provider.getMeter("shop").createGauge("process.uptime", { unit: "s" });
        return (time) => uptime.record(time - start - (time > asleep ? awake - asleep : 0));
      },
    });
  vi.spyOn(performance, "timeOrigin", "get").mockReturnValue((now - 2_500) * 1_000);
  onTestFinished(() => void vi.restoreAllMocks());
  const page = await servedPage({ history: { path } });
  const { events } = await page.past("overview", now - 6_000, now - 300);
  const marks = events.filter(({ id }) => id.startsWith("start "));
  expect(marks.map(({ time }) => Math.round((now - time) / 10))).toEqual([500]);
  const stream = await page.stream("overview");
  const status = await stream.next("status", ({ restarts }) => restarts > 0);
  expect(status.restarts).toBe(1);
});
