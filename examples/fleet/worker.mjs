// A worker:
//
//   node worker.mjs <name> <broker's url>
//
// It compresses and hashes the files that it receives, in two threads, and reports on each.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { connect } from "./bus.mjs";
import { whenLetGo } from "./ending.mjs";
import { degraded, HEALTHY, runChecks } from "./health.mjs";
import { Lock } from "./lock.mjs";
import { Members } from "./members.mjs";
import { Threads } from "./threads.mjs";

const THREADS = 2;
const LARGE_BYTES = 256 * 1024;
const MAX_DELAY_MILLIS = 250;

// Before the set-up is complete there is nothing to release, and a broker that is gone would block the exit.
let stop = () => process.exit();
whenLetGo(() => stop());

const [name, brokerUrl] = process.argv.slice(2);
const bus = await connect(brokerUrl, name);
const members = new Members(bus);
const threads = new Threads(THREADS);
const largeFiles = new Lock(bus, "large-files");
await largeFiles.open();

await bus.on(`fleet/jobs/${name}`, ({ id, files }) => {
  for (const file of files) void report(id, file);
});

async function report(job, { path, size }) {
  const digest = () => threads.digest(path);
  const result = await (size > LARGE_BYTES ? largeFiles.hold(digest) : digest());
  bus.send("fleet/results", { job, path, ...result });
}

const delay = monitorEventLoopDelay();
delay.enable();
const checks = runChecks({
  event_loop() {
    const millis = delay.percentile(99) / 1e6;
    delay.reset();
    return millis > MAX_DELAY_MILLIS ? degraded(`the delay's p99 is ${Math.round(millis)} ms`) : HEALTHY;
  },
  threads: () => (threads.alive < THREADS ? degraded(`${threads.alive} of ${THREADS} alive`) : HEALTHY),
});

await members.start();

stop = async () => {
  clearInterval(checks);
  delay.disable();
  members.stop();
  await threads.stop();
  await bus.close();
};
