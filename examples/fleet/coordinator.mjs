// The coordinator:
//
//   node coordinator.mjs <folder> --workers 3 --seconds 30 --limit 60 --rounds 1
//
// Runs the broker, distributes the folder's files, and publishes the progress. `--port` is the broker's.
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startBroker } from "./broker.mjs";
import { connect } from "./bus.mjs";
import { Dispatcher } from "./dispatcher.mjs";
import { whenLetGo } from "./ending.mjs";
import { listFiles } from "./files.mjs";
import { degraded, HEALTHY, runChecks } from "./health.mjs";

const MAX_BACKLOG_FILES = 200;
const PROGRESS_MILLIS = 250;
const BETWEEN_ROUNDS_MILLIS = 3_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "3" },
    seconds: { type: "string", default: "30" },
    limit: { type: "string", default: "Infinity" },
    rounds: { type: "string", default: "1" },
    port: { type: "string", default: "0" },
  },
});
const [wantedWorkers, seconds, limit, rounds] = [
  values.workers,
  values.seconds,
  values.limit,
  values.rounds,
].map(Number);

const files = await listFiles(positionals[0]);
if (files.length === 0) {
  console.error(`folder must contain files, got "${positionals[0]}"; choose another one`);
  process.exit(1);
}
const broker = await startBroker(Number(values.port));
const bus = await connect(broker.url, "coordinator");
const dispatcher = new Dispatcher(bus);
await dispatcher.start();

let pong = () => {};
await bus.on("fleet/ping", () => pong());
const ping = () =>
  new Promise((resolve, reject) => {
    pong = () => resolve(HEALTHY);
    setTimeout(() => reject(new Error("no response within one second")), 1_000).unref();
    bus.send("fleet/ping", {});
  });

const checks = runChecks({
  broker: ping,
  backlog() {
    const { outstanding } = dispatcher.work;
    return outstanding > MAX_BACKLOG_FILES ? degraded(`${outstanding} files in progress`) : HEALTHY;
  },
  workers() {
    const missing = wantedWorkers - dispatcher.workers.length;
    return missing > 0 ? degraded(`${missing} missing`) : HEALTHY;
  },
});

let round = 0;
let lastRound;
const progress = setInterval(() => {
  const { workers, leader, lost } = dispatcher;
  const message = { round, workers, leader, lost, files: dispatcher.work.progress, lastRound };
  bus.send("fleet/progress", message, { qos: 0, retain: true });
}, PROGRESS_MILLIS);

const ending = new AbortController();
whenLetGo(async () => {
  ending.abort();
  clearInterval(checks);
  clearInterval(progress);
  dispatcher.stop();
  await bus.close();
  broker.close();
});

if (process.connected) process.send({ broker: broker.url });
try {
  await workThrough(ending.signal);
} catch (error) {
  if (!ending.signal.aborted) throw error;
}

async function workThrough(signal) {
  while (dispatcher.workers.length < wantedWorkers) await pause(PROGRESS_MILLIS, undefined, { signal });
  while (round < rounds) {
    if (round > 0) await pause(BETWEEN_ROUNDS_MILLIS, undefined, { signal });
    round++;
    await dispatcher.run(files, { seconds, limit, signal });
    lastRound = dispatcher.work.progress;
    const { done, total, takenOver, late, eachReportedOnce } = lastRound;
    const once = eachReportedOnce ? "each exactly once" : "NOT each exactly once";
    console.log(
      `round ${round}: ${done} of ${total} files reported, ${once}; ` +
        `taken over: ${takenOver}, late reports: ${late}, not handed out in time: ${total - done}`,
    );
  }
}
