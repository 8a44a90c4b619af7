import { join } from "node:path";
import { History } from "tachymeter/history";
import { beforeAll, expect, test } from "vitest";
import { findingsOf } from "../../../src/cli/report/findings.ts";
import { gathered } from "../../../src/cli/report/gathered.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";

const START = Date.parse("2026-11-20T00:00:00Z") / 1_000;
const HOUR = 3_600;
const END = START + 24 * HOUR;

let path: string;

beforeAll(async () => {
  path = join(newFolder("limits"), "shop.db");
  await fillHistory({
    path,
    from: START,
    to: END,
    interval: 300,
    record: (meterProvider) => {
      const meter = meterProvider.getMeter("shop");
      const gauge = (name: string, unit: string) => meter.createGauge(name, { unit });
      const [free, queue, steady, sinking] = [
        gauge("memory.free", "By"),
        gauge("queue.size", "{message}"),
        gauge("pool.size", "{connection}"),
        gauge("buffer.free", "By"),
      ];
      const levels = [0.001, 0.0002];
      const disks = meter.createObservableGauge("disk.utilization", { unit: "1" });
      let hour = 0;
      disks.addCallback((result) => {
        result.observe(0.5, { device: "sda" });
        // Full in 20 days, and in 100.
        levels.forEach((perHour, i) => result.observe(0.5 + perHour * hour, { level: `${i}` }));
        // Removed after 5 hours.
        if (hour < 5) result.observe(1, { device: "usb" });
      });
      return (time) => {
        hour = (time - START) / HOUR;
        free.record(8e9 - 2e7 * hour);
        queue.record(100 + 50 * hour);
        steady.record(40 + (time % 600 === 0 ? 1 : 0));
        sinking.record(2e9 - 6e7 * hour);
      };
    },
  });
}, 60_000);

async function limitsOf(...limits: readonly (readonly [metric: string, threshold: number])[]) {
  const history = await History.open({ path, readOnly: true });
  try {
    const asked = limits.map(([metric, threshold]) => ({ metric, threshold }));
    const report = await gathered(history, path, { from: START, to: END }, asked);
    const texts = findingsOf({ ...report, incidents: [], failures: [], changes: [], slower: [] });
    return texts.map(({ tone, text }) => `${tone}: ${text}`);
  } finally {
    await history.close();
  }
}

test("a limit below a falling metric is a lower one", async () => {
  const [first, ...others] = await limitsOf(["memory.free", 1e9]);
  expect(first).toMatch(/^warn: memory\.free \(.*\) reaches 954 MiB at 2026-12-0\d/);
  expect(others).toContainEqual(expect.stringContaining("disk.utilization"));
  expect(await limitsOf(["buffer.free", 1e9])).toContainEqual(
    expect.stringMatching(/^warn: buffer\.free \(.*\) fell below its limit of 954 MiB, at 53\d MiB\.$/),
  );
});

test("a limit below a metric that does not fall is exceeded", async () => {
  expect(await limitsOf(["pool.size", 30])).toContainEqual(
    expect.stringMatching(/^bad: pool\.size \(.*\) is above its limit of 30, at 40\.5\.$/),
  );
  expect(await limitsOf(["queue.size", 1_000])).toContainEqual(
    expect.stringMatching(/^bad: queue\.size \(.*\) is above its limit of 1000, at 1\d+\.$/),
  );
  const history = await History.open({ path, readOnly: true });
  const { series } = await history.forecast({ metric: "pool.size", from: START, to: END }, 30);
  await history.close();
  expect(series).toMatchObject([{ outcome: "reached", at: series[0]?.trend.from }]);
});

test("a series that ended at its limit was at it until its last value; shares have forecasts for 30 times their data's length", async () => {
  expect(await limitsOf()).toEqual([
    expect.stringMatching(/^warn: disk\.utilization \(level=0\) reaches 100 % at 2026-12-10/),
    expect.stringMatching(
      /^plain: disk\.utilization \(device=usb\) was at its limit of 100 %, until 2026-11-20 0[45]:/,
    ),
  ]);
});
