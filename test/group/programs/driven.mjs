// A member of a named group that does what the lines of its standard input say, and prints each line when it is done.
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { metrics } from "@opentelemetry/api";
import { running } from "tachymeter";

const meter = metrics.getMeter("driven");
const counted = meter.createCounter("counted");
const busy = meter.createCounter("busy", { unit: "ms" });
const sizes = meter.createHistogram("sizes");
const open = meter.createUpDownCounter("open");
const level = meter.createGauge("level");
const sleeper = new Int32Array(new SharedArrayBuffer(4));
meter.createObservableCounter("observed").addCallback((result) => result.observe(7));
meter.createObservableGauge("seen").addCallback((result) => result.observe(3, { kind: "seen" }));

const commands = {
  add: (count) => add(count),
  series: (count) => {
    for (let i = 0; i < count; i++) sizes.record(i, { series: `number ${i}` });
  },
  // Records each millisecond in one call, so that the event loop does not turn.
  block: (millis) => {
    console.log("blocking");
    let last = Date.now();
    for (const end = last + millis; last < end;) {
      const now = Math.min(Date.now(), end);
      busy.add(now - last);
      last = now;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  },
  // Starts a thread that records this often, and then the time that has passed.
  thread: (count) => {
    const worker = new Worker(new URL("driven-thread.mjs", import.meta.url), { workerData: count });
    worker.unref();
    return new Promise((resolve) => worker.once("message", resolve));
  },
  // Removes all series, with the last recordings in them.
  remove,
  awaitReporter,
  removeAtStart: (count) => {
    awaitReporter();
    remove(count);
  },
  exit: (count) => {
    add(count);
    process.exit();
  },
  // The thread that reports ends amid a writing: its number 0 is 3 then. The process ends in the same turn.
  exitAmidWriting: (count) => {
    while (Atomics.load(globalThis.sharedNumbers, 0) !== 3);
    globalThis.firstThread.terminate();
    add(count);
    process.exit();
  },
  // The thread that reports, as `notice-threads.mjs` has seen it.
  terminate: () => globalThis.firstThread.terminate(),
  // The counter in a query, and how much it has changed in the queried hour.
  counted: async () => {
    const total = "sum(counted_total)";
    const changed = "sum(max_over_time(counted_total[1h]) - min_over_time(counted_total[1h]))";
    const results = await Promise.all([total, changed].map((each) => running().query(each)));
    console.log(`queried ${results.map(({ series }) => series[0]?.value).join(" ")}`);
  },
  role: () => console.log(`role ${running().group.role}`),
  wait: (millis) => delay(millis),
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [command, argument] = line.split(" ");
    void Promise.resolve(commands[command](Number(argument))).then(() => console.log(`${line} done`));
  })
  .on("close", () => process.exit());
console.log("ready");

// The thread that reports has started once its number 0 is 2.
function awaitReporter() {
  while (Atomics.load(globalThis.sharedNumbers, 0) !== 2);
}

function remove(count) {
  add(count);
  counted.clear();
  sizes.clear();
}

function add(count) {
  for (let i = 0; i < count; i++) {
    counted.add(1, { by: "main", part: i % 5 });
    sizes.record(i % 100, { by: "main" });
  }
  open.add(count);
  level.record(count, { by: "main" });
}
