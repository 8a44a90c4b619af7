// Threads that come and go with series of their own, in processes at the limit of series.
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { application } from "../kit/packed-project.ts";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { totalsOf } from "./running-program.ts";

const PROGRAM = `
  import { fork } from "node:child_process";
  import { once } from "node:events";
  import { setTimeout as delay } from "node:timers/promises";
  import { fileURLToPath } from "node:url";
  import { isMainThread, Worker, workerData } from "node:worker_threads";
  import { metrics } from "@opentelemetry/api";
  import { running, start } from "tachymeter";
  const isChild = process.argv[2] === "child";
  const script = fileURLToPath(import.meta.url);
  if (isMainThread) {
    start({
      host: false,
      runtime: false,
      group: { interval: 0.1 },
      cardinalityLimit: 7,
      readers: [{ type: "prometheus", port: Number(process.env.PORT) }],
    });
    if (!isChild) {
      fork(script, ["child"]);
      // Reads the reports, before and after the ends of threads.
      setInterval(() => running().snapshot(), 50);
    }
    for (let i = 0; i < 4; i++) {
      await once(new Worker(script, { workerData: i }), "exit");
      // For reports with the thread's series, and after its end.
      await delay(300);
    }
    console.log("recorded");
    setInterval(() => {}, 1_000);
  } else {
    const meter = metrics.getMeter("limit");
    const counted = meter.createCounter("counted");
    const sizes = meter.createHistogram("sizes");
    for (let series = 0; series < 3; series++) {
      const of = process.pid + "." + workerData + "." + series;
      counted.add(10, { of });
      sizes.record(10, { of });
    }
    await delay(300);
  }
`;

test.each(["thread", "event loop"])("count once, if the reports are made by the %s", async (reporter) => {
  const port = await freePort();
  const child = runNode({
    cwd: await application({ "app.mjs": PROGRAM }),
    args: ["app.mjs"],
    env: {
      OTEL_SERVICE_NAME: `limit-${port}`,
      PORT: String(port),
      ...(reporter === "thread" && { TACHYMETER_GROUP_REPORTER: "thread" }),
    },
  });
  await child.waitForOutput(/recorded[^]*recorded/);
  const expected = { counted_total: 240, sizes_count: 24, sizes_sum: 240 };
  const totals = async (): Promise<object> =>
    totalsOf(await scrape(`http://127.0.0.1:${port}/metrics`), Object.keys(expected));
  await expect.poll(totals).toEqual(expected);
  // Also after the last reports.
  await delay(1_000);
  expect(await totals()).toEqual(expected);
});
