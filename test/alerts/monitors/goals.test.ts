// Times within which the monitors find a fault, with their default parameters. A sample and an evaluation each 15 seconds.
import { expect, test } from "vitest";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { Random } from "../../kit/random.ts";
import { seed } from "../../kit/test-length.ts";
import { runRules } from "./engine-run.ts";

const MIB = 2 ** 20;
const STEP_MINUTES = 0.25;

interface Timeline {
  readonly area: string;
  /** Names of alerts, of which one must fire. */
  readonly alerts: readonly string[];
  readonly minutes: number;
  /** Values by selector at a minute. */
  readonly series: Readonly<Record<string, (minute: number) => number>>;
  readonly stepMinutes?: number;
}

/** Returns the first minute at which one of the alerts fires. */
async function firstFired(timeline: Timeline): Promise<number> {
  const { area, alerts, minutes, series, stepMinutes = STEP_MINUTES } = timeline;
  let fired = Infinity;
  await runRules({
    groups: monitorGroups().filter(({ name }) => name.includes(`tachymeter-${area}`)),
    series: Object.entries(series).map(([selector, valueAt]) => ({
      series: selector,
      values: Array.from({ length: minutes / stepMinutes }, (_, i) => valueAt(i * stepMinutes)).join(" "),
    })),
    minutes,
    stepMinutes,
    missingData: "hold",
    onStep: (minute, engine) => {
      const firing = engine.active().some(({ name, state }) => state === "firing" && alerts.includes(name));
      if (firing) fired = Math.min(fired, minute);
    },
  });
  return fired;
}

test("an event loop that is blocked for 500 ms is found within 30 seconds", async () => {
  const blockedAt = 10.1;
  // The gauge has the maximum since the last collection.
  const fired = await firstFired({
    area: "event-loop",
    alerts: ["EventLoopBlocked"],
    minutes: 15,
    series: {
      process_uptime_seconds: (minute) => 3_600 + 60 * minute,
      nodejs_eventloop_delay_max_seconds: (minute) =>
        minute >= blockedAt && minute < blockedAt + STEP_MINUTES ? 0.505 : 0.012,
    },
  });
  expect((fired - blockedAt) * 60).toBeGreaterThan(0);
  expect((fired - blockedAt) * 60).toBeLessThanOrEqual(30);
});

test("a leak of a MiB a minute is found within 15 minutes", async () => {
  const random = new Random(seed);
  const begin = 30;
  // A major collection each half minute, after which the heap differs by up to 0.2 MiB.
  const heaps = Array.from({ length: 200 }, (_, i) => {
    const minute = i / 2;
    return (100 + Math.max(0, minute - begin) + random.integer(0, 200) / 1_000) * MIB;
  });
  const fired = await firstFired({
    area: "memory",
    alerts: ["HeapLeak"],
    minutes: 60,
    series: {
      v8js_memory_heap_retained_bytes: (minute) => heaps[Math.floor(minute * 2)] ?? 0,
      v8js_memory_heap_size_limit_bytes: () => 2_096 * MIB,
    },
  });
  expect(fired).toBeGreaterThan(begin);
  expect(fired - begin).toBeLessThanOrEqual(15);
});

// From a third on. A disk that goes from there to its end in less than three hours is found later than an hour before it.
test.each([4, 8, 16, 32])(
  "a disk that is full in %i hours is found an hour before, or more",
  async (hours) => {
    const begin = 12 * 60;
    const end = begin + hours * 60;
    const used = (minute: number): number =>
      Math.min(1, 0.33 + 0.67 * Math.max(0, (minute - begin) / (end - begin)));
    const labels = `system_filesystem_mode="rw",system_filesystem_mountpoint="/data"`;
    const fired = await firstFired({
      area: "disk",
      alerts: ["DiskFilling", "DiskFillingFast"],
      minutes: end,
      stepMinutes: 5,
      series: {
        [`system_filesystem_usage_bytes{${labels},system_filesystem_state="free"}`]: (minute) =>
          100_000 * MIB * (1 - used(minute)),
        [`system_filesystem_utilization_ratio{${labels}}`]: used,
      },
    });
    expect(fired).toBeGreaterThan(begin);
    expect(end - fired).toBeGreaterThanOrEqual(60);
  },
);

// An interval is the window of the monitor: for one nothing is processed, for another one the alert is pending.
test("a consumer that is stuck is found within two windows of five minutes", async () => {
  const stuckAt = 20;
  const q = `messaging_system_name="bullmq",messaging_destination_name="jobs"`;
  const processed = (minute: number): number => 100 + 60 * Math.min(minute, stuckAt);
  const fired = await firstFired({
    area: "messaging",
    alerts: ["ConsumerStuck"],
    minutes: 40,
    series: {
      [`message_queue_size{${q}}`]: (minute) => (minute < stuckAt ? 0 : 60 * (minute - stuckAt)),
      [`messages_received_total{${q}}`]: processed,
      [`message_processing_duration_seconds_count{${q}}`]: processed,
      [`message_processing_duration_seconds_sum{${q}}`]: (minute) => processed(minute) / 10,
    },
  });
  expect(fired).toBeGreaterThan(stuckAt);
  expect(fired - stuckAt).toBeLessThanOrEqual(10);
});
