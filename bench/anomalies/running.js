// Cost of the detection in a running SDK: 500 series, evaluated once a second. With the argument `on` or `off`, one process of
// the measurement, which prints JSON.
//
// `npm run --silent build:bench && node bench/anomalies/running.js [--seconds 30]`
import { execFileSync } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { entryFile } from "../build.js";

const SERIES = 500;
const INTERVAL_SECONDS = 15;
const FILE = fileURLToPath(import.meta.url);

/** Returns a table as Markdown: processor time of an evaluation, delay of the event loop, and memory. */
export function runningTable(seconds) {
  const [off, on] = ["off", "on"].map((mode) =>
    JSON.parse(
      execFileSync(process.execPath, ["--expose-gc", FILE, mode, "--seconds", `${seconds}`], {
        encoding: "utf8",
      }),
    ),
  );
  const cpu = on.cpuMillis - off.cpuMillis;
  return [
    "| 500 gauges | off | on |",
    "| --- | --- | --- |",
    `| processor time of a collection and an evaluation, ms | ${off.cpuMillis.toFixed(1)} | ${on.cpuMillis.toFixed(1)} |`,
    `| delay of the event loop, 99.9th percentile, ms | ${off.delayMillis.toFixed(1)} | ${on.delayMillis.toFixed(1)} |`,
    `| heap and buffers, MiB | ${(off.bytes / 2 ** 20).toFixed(1)} | ${(on.bytes / 2 ** 20).toFixed(1)} |`,
    "",
    `At ${INTERVAL_SECONDS} s, the difference is ${((cpu / (INTERVAL_SECONDS * 1_000)) * 100).toFixed(3)} % of one core.`,
  ];
}

async function measure(mode, seconds) {
  const { start } = await import(pathToFileURL(entryFile("index.js")).href);
  const { metrics } = await import("@opentelemetry/api");
  const telemetry = start({
    serviceName: "bench",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [],
    live: { resolution: 1 },
    anomalies: mode === "on",
  });
  metrics
    .getMeter("bench")
    .createObservableGauge("message.queue.size")
    .addCallback((result) => {
      for (let i = 0; i < SERIES; i++) result.observe(100 + Math.random(), { queue: `q${i}` });
    });
  // The first query begins the collections without the detection, too.
  await telemetry.query("message_queue_size");
  await sleep(10_000);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // The median of all seconds, since other programs may run.
  const times = [];
  for (let i = 0; i < seconds; i++) {
    const before = process.cpuUsage();
    await sleep(1_000);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  delay.disable();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  await telemetry.shutdown();
  console.log(
    JSON.stringify({
      cpuMillis: times.toSorted((one, other) => one - other)[Math.floor(seconds / 2)],
      delayMillis: delay.percentile(99.9) / 1e6,
      bytes: heapUsed + arrayBuffers,
    }),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: "string", default: "30" } },
  });
  const seconds = Number(values.seconds);
  if (positionals.length > 0) await measure(positionals[0], seconds);
  else console.log(runningTable(seconds).join("\n"));
}
