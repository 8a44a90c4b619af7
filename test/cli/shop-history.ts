// Two hours of a shop; the second hour is slower and has more failures.
import { join } from "node:path";
import { Commands } from "tachymeter/facades";
import type { MeterProvider } from "tachymeter/metrics";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";

/** Start of the first hour, start and end of the second, in seconds since the epoch. */
export const FIRST = Date.parse("2026-09-21T13:00:00Z") / 1_000;
export const SECOND = FIRST + 3_600;
export const END = SECOND + 3_600;

/** A history file with one collection per half minute. */
export async function shopHistory(): Promise<string> {
  const path = join(newFolder("shop"), "tachymeter.db");
  await fillHistory({ path, from: FIRST, to: END, interval: 30, record: shop });
  return path;
}

function shop(meterProvider: MeterProvider): (time: number) => void {
  const commands = new Commands({ meterProvider });
  const meter = meterProvider.getMeter("shop");
  const duration = meter.createHistogram("http.server.request.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] },
  });
  const disk = meter.createGauge("system.filesystem.utilization", { unit: "1" });
  const queue = meter.createGauge("message.queue.size", { unit: "{message}" });
  return (time) => {
    const isWorse = time >= SECOND;
    const minute = (time - FIRST) / 60;
    commands.recordExecution(true, 0.2, "import");
    commands.recordExecution(!(isWorse && minute % 2 === 0), 0.4, "pay");
    if (time === SECOND + 600) commands.recordExecution(true, 3, "close|month");
    duration.record(isWorse ? 0.2 : 0.04, { "http.route": "/cart" });
    duration.record(0.02, { "http.route": "/<home>" });
    // Grows by 1 % in 10 minutes, with small fluctuations.
    disk.record(0.5 + minute / 1_000 + (minute % 2) / 2_000, { "system.filesystem.mountpoint": "/" });
    disk.record(1, { "system.filesystem.mountpoint": "/full" });
    queue.record(10 * (minute % 3) + (isWorse ? 3 * (minute - 60) : 0));
  };
}
