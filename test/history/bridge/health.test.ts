import { Events } from "tachymeter/facades";
import { HistoryStore } from "../../../src/history/history-store.ts";
import { EventStore, setRunningHistory } from "../../../src/history/parts.ts";
import { expect, onTestFinished, test } from "vitest";
import type { StoreUsage } from "../../../src/history/store/stored.ts";
import { bridge, bridgeOnDisk } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

const event = { event_type: "a", source: "b", data: null };

/** A running history with a simulated disk. */
async function runningOn(disk: { usage?: Partial<StoreUsage>; failure?: Error }): Promise<void> {
  const store = await HistoryStore.open({ path: `${newFolder("bridge")}/history.db` });
  const write =
    <T, Result>(append: (items: T) => Promise<Result>) =>
    async (items: T): Promise<Result> => {
      if (disk.failure !== undefined) throw disk.failure;
      return append(items);
    };
  const history = {
    retention: { eventsDays: 7, metricsDays: 30 },
    appendEvents: write(store.appendEvents.bind(store)),
    appendSamples: write(store.appendSamples.bind(store)),
    totals: store.totals.bind(store),
    storeUsage: async () => ({ ...(await store.storeUsage()), ...disk.usage }),
    close: store.close.bind(store),
  };
  const remove = setRunningHistory({
    history,
    events: new Events(),
    eventStore: new EventStore(history),
    intervalMillis: 60_000,
  });
  onTestFinished(async () => {
    remove();
    await store.close();
  });
}

test("it counts recorded data, not rejected data", async () => {
  const { telemetry } = bridgeOnDisk();
  await telemetry.recordEvent(event);
  await telemetry.recordEvent({ ...event, source: "" });
  await telemetry.recordMetric("m", 1);
  await telemetry.recordMetric("m", 2);
  await telemetry.recordMetric("m", Number.NaN);
  const { status, stats, uptime_seconds: uptime } = await telemetry.healthCheck();
  expect([status, stats.events_recorded, stats.metrics_recorded]).toEqual(["healthy", 1, 2]);
  expect(uptime).toBeGreaterThan(0);
});

test.each([
  [0.5, "healthy", 50],
  [0.9, "healthy", 90],
  [0.901, "degraded", 90.1],
  [1.2, "degraded", 120],
])("with %d of the space used it is %s", async (share, status, percentage) => {
  await runningOn({ usage: { bytes: share * 1e9, maxBytes: 1e9 } });
  expect(await bridge().healthCheck()).toMatchObject({
    status,
    stats: { storage_usage_percentage: percentage },
  });
});

test("it is degraded while the store is in memory, and unhealthy while the store reports a write error", async () => {
  const disk: { usage: Partial<StoreUsage> } = { usage: { storage: "memory" } };
  await runningOn(disk);
  const telemetry = bridge();
  expect((await telemetry.healthCheck()).status).toBe("degraded");
  disk.usage = { storage: "memory", writeError: "disk full" };
  expect((await telemetry.healthCheck()).status).toBe("unhealthy");
  disk.usage = {};
  expect((await telemetry.healthCheck()).status).toBe("healthy");
});

test("it is unhealthy after a failed write, until one succeeds", async () => {
  const disk: { failure?: Error } = { failure: new Error("disk full") };
  await runningOn(disk);
  const telemetry = bridge();
  expect(await telemetry.recordMetric("m", 1)).toEqual({
    status: "error",
    error: { code: "STORAGE_FAILURE", message: "disk full" },
  });
  expect(await telemetry.recordEvent(event)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  expect((await telemetry.healthCheck()).status).toBe("unhealthy");
  delete disk.failure;
  expect(await telemetry.recordMetric("m", 1)).toMatchObject({ status: "success" });
  expect((await telemetry.healthCheck()).status).toBe("healthy");
});
