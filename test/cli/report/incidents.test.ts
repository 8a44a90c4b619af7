import { join } from "node:path";
import { History } from "tachymeter/history";
import type { MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { storeOf } from "../../../src/history/store-of.ts";
import { engineOver } from "../../alerts/evaluation/engine-over.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { reportOf } from "./report-of.ts";

test("the report of a store with events alone has the alerts", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const history = await History.open({ path });
  const now = Date.now();
  const event = { source: "alerts", labels: "{}", metadata: "{}", data: '{"name":"Down"}' };
  await storeOf(history).appendEvents([
    { ...event, id: "1", timeUnixMillis: now - 120_000, type: "alert.firing" },
    { ...event, id: "2", timeUnixMillis: now - 60_000, type: "alert.resolved" },
  ]);
  await history.close();
  const { incidents, summary } = await reportOf(path, now / 1_000 - 3_600, now / 1_000);
  expect(incidents).toMatchObject([{ kind: "alert", name: "Down" }]);
  expect(summary.map(({ text }) => text)).toEqual([expect.stringMatching(/^Alert Down fired at .*, for /)]);
});

test("alerts that began before the range are listed, beside those of ALERTS", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const from = now - 3_600;
  await fillHistory({
    path,
    from: from - 600,
    to: now,
    interval: 60,
    record(provider) {
      const alerts = provider.getMeter("shop").createObservableGauge("ALERTS");
      alerts.addCallback((result) => result.observe(1, { alertname: "Always", alertstate: "firing" }));
      return () => {};
    },
  });
  const history = await History.open({ path });
  const event = (name: string, type: string, time: number) => ({
    id: `${name} ${type}`,
    type: `alert.${type}`,
    source: "tachymeter.alerts",
    timeUnixMillis: time * 1_000,
    data: JSON.stringify({ name }),
    labels: JSON.stringify({ alertname: name }),
    metadata: "{}",
  });
  await storeOf(history).appendEvents([
    event("Always", "firing", from - 300),
    event("Throughout", "firing", from - 7_200),
    event("Until", "firing", from - 7_000),
    event("Until", "resolved", from + 600),
    event("Past", "firing", from - 7_000),
    event("Past", "resolved", from - 6_000),
  ]);
  await history.close();
  // Its events are no longer in the store.
  const rules = [{ name: "g", rules: [{ alert: "Saved", expr: "x > 0" }] }];
  await engineOver(rules, { x: "1x9" }, { directory: `${path}.alerts` }).run(0, 9);
  const { incidents, summary } = await reportOf(path, from, now);
  expect(incidents.map(({ name, to }) => `${name} ${to === null ? "fires" : "ended"}`).toSorted()).toEqual([
    "Always fires",
    "Saved fires",
    "Throughout fires",
    "Until ended",
  ]);
  const texts = summary.map(({ text }) => text);
  expect(texts).toContain("Alert Throughout fired throughout the range.");
  expect(texts.join("\n")).toMatch(/Alert Until was firing at the start of the range, until /);
  expect(texts.join("\n")).toMatch(/Further alerts from .* on: 1\./);
});

test("an alert of a killed process that no process continues ended with it", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const from = now - 7_200;
  const part = { path, interval: 60 };
  const record = (firing: number | undefined) => (provider: MeterProvider) => {
    const gauge = provider.getMeter("shop").createObservableGauge("alerts.active");
    gauge.addCallback((result) => {
      if (firing !== undefined) result.observe(firing, { "alert.state": "firing" });
    });
    provider.getMeter("shop").createCounter("orders").add(1);
    return () => {};
  };
  await fillHistory({ ...part, from: from - 600, to: from + 1_800, record: record(1), instance: "killed" });
  // Its alerts are in another folder, or off.
  await fillHistory({ ...part, from: from + 1_860, to: now, record: record(0), instance: "next" });
  const history = await History.open({ path });
  await storeOf(history).appendEvents(
    [from - 300, from + 600].map((time) => ({
      id: `${time}`,
      type: "alert.firing",
      source: "tachymeter.alerts",
      timeUnixMillis: time * 1_000,
      data: JSON.stringify({ name: `Alert${time - from}` }),
      labels: "{}",
      metadata: "{}",
    })),
  );
  await history.close();
  const { incidents } = await reportOf(path, from, now);
  const ended = Date.parse(incidents.find(({ name }) => name === "Alert600")?.to ?? "") / 1_000;
  expect(ended - from).toBeGreaterThanOrEqual(1_740);
  expect(ended - from).toBeLessThan(2_100);
  expect(incidents.map(({ name, to }) => [name, to])).toEqual([
    ["Alert-300", new Date(ended * 1_000).toISOString()],
    ["Alert600", new Date(ended * 1_000).toISOString()],
  ]);
  const { incidents: later } = await reportOf(path, from + 3_600, now);
  expect(later).toEqual([]);
});

test("an alert fires until the end if the samples of the history are a quarter of an hour apart", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const from = now - 36_000;
  await fillHistory({
    path,
    from: from - 840,
    to: now - 840,
    interval: 900,
    record(provider) {
      const gauge = provider.getMeter("shop").createObservableGauge("alerts.active");
      gauge.addCallback((result) => result.observe(1, { "alert.state": "firing" }));
      return () => {};
    },
  });
  // The report's range ends with the data.
  await fillHistory({
    path,
    from: now,
    to: now,
    interval: 900,
    record(provider) {
      provider.getMeter("shop").createCounter("orders").add(1);
      return () => {};
    },
  });
  const history = await History.open({ path });
  await storeOf(history).appendEvents([
    {
      id: "1",
      type: "alert.firing",
      source: "tachymeter.alerts",
      timeUnixMillis: (from + 600) * 1_000,
      data: '{"name":"Down"}',
      labels: "{}",
      metadata: "{}",
    },
  ]);
  await history.close();
  const { incidents } = await reportOf(path, from, now);
  expect(incidents.map(({ name, to }) => [name, to])).toEqual([["Down", null]]);
});

/** Fills a history with the uptimes of processes from one time to another. */
async function uptimes(
  path: string,
  interval: number,
  lives: Readonly<Record<string, readonly [start: number, end: number]>>,
): Promise<void> {
  for (const [instance, [start, end]] of Object.entries(lives))
    await fillHistory({
      path,
      from: start,
      to: end,
      interval,
      instance,
      record(provider) {
        const uptime = provider.getMeter("shop").createObservableGauge("process.uptime", { unit: "s" });
        uptime.addCallback((result) => result.observe(Date.now() / 1_000 - start));
        return () => {};
      },
    });
}

test("a process that is older when it is first collected than the one before was last is a restart", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const from = now - 3_600;
  const collected = async (instance: string, start: number, first: number, last: number): Promise<void> =>
    fillHistory({
      path,
      from: first,
      to: last,
      interval: 60,
      instance,
      record(provider) {
        const uptime = provider.getMeter("shop").createObservableGauge("process.uptime", { unit: "s" });
        uptime.addCallback((result) => result.observe(Date.now() / 1_000 - start));
        return () => {};
      },
    });
  await collected("a", from - 20, from, from);
  await collected("b", from + 60, from + 120, now);
  const { incidents } = await reportOf(path, from, now);
  expect(incidents.map(({ kind }) => kind)).toEqual(["restart"]);
});

test("the end of the oldest process of a service is not a restart, unless a new one has begun", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const from = now - 7_200;
  await uptimes(path, 60, {
    a: [from - 9_000, from + 3_600],
    b: [from - 6_000, now],
    c: [from - 3_000, now],
  });
  const { incidents } = await reportOf(path, from, now);
  expect(incidents).toEqual([]);
});

test("in three days, a further process for half an hour is not a restart, and the replacement of a process is one", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const [hour, from] = [3_600, now - 3 * 86_400];
  await uptimes(path, 240, {
    first: [from + hour, from + 20 * hour],
    second: [from + 19.5 * hour, from + 40 * hour],
    third: [from + 40 * hour - 240, now],
  });
  const { incidents } = await reportOf(path, from, now);
  expect(incidents.map(({ kind, name }) => [kind, name])).toEqual([["restart", "second"]]);
});

test("a process that goes on after its machine was suspended is not a restart", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const start = now - 43_200;
  const [asleep, pause] = [start + 300, 300];
  await fillHistory({
    path,
    from: start,
    to: now,
    interval: 30,
    isAsleep: (time) => time > asleep && time < asleep + pause,
    record(provider) {
      const uptime = provider.getMeter("shop").createGauge("process.uptime", { unit: "s" });
      return (time) => uptime.record(time - start - (time > asleep ? pause : 0));
    },
  });
  const { incidents } = await reportOf(path, now - 86_400, now);
  expect(incidents).toEqual([]);
});
