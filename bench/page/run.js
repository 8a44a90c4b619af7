// The cost of the live page to the application: one open tab, and 20 tabs with one that reads nothing.
//
// `npm run bench:page`, or `node bench/page/run.js <case>` for one process. The tabs are in a process of their own. The
// application has about 2,000 series and serves HTTP requests. Its cost without tabs is measured in the same process, by
// turns. A case takes four minutes: `BENCH_SECONDS`, `BENCH_TURNS` and `BENCH_PAIRS` make it longer or shorter.
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "../build.js";
import { median } from "../measure.js";

const CASES = {
  "one tab, 2,000 series": { tabs: 1, slow: 0, range: "1h" },
  "20 tabs, one of them slow": { tabs: 20, slow: 1, range: "1h" },
};
// Several steps of 5 s each.
const SECONDS = Number(process.env.BENCH_SECONDS ?? 20);
const TURNS = Number(process.env.BENCH_TURNS ?? 3);
const SERIES = 1_700;
// Requests for the 99th percentile, with and without tabs by turns. They begin on time, however long the ones before take.
const LOAD = { perSecond: 400, millis: 5_000 };
const PAIRS = Number(process.env.BENCH_PAIRS ?? 8);
const HOLD_MILLIS = 16_000;

async function measured({ tabs, slow, range }) {
  const { start } = await import(pathToFileURL(join(build, "index.js")).href);
  const telemetry = start({
    serviceName: "bench",
    page: true,
    group: false,
    readers: [{ type: "prometheus", port: 0 }],
  });
  await telemetry.ready;
  const end = application(telemetry);
  const clients = fork(fileURLToPath(new URL("clients.js", import.meta.url)));
  const loader = fork(fileURLToPath(new URL("../programs/loader.js", import.meta.url)));
  const asked = async (child, message) => {
    child.send(message);
    const [reply] = await once(child, "message");
    return reply;
  };
  const server = createServer((_request, response) => response.end("hello\n")).listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(loader, "message")]);
  const url = `http://127.0.0.1:${server.address().port}/`;
  const withTabs = async (work) => {
    await asked(clients, { open: telemetry.pageUrl, tabs, slow, range });
    const result = await work();
    await asked(clients, { close: true });
    return result;
  };
  const p99 = async () => percentile(await asked(loader, { load: { url, ...LOAD } }), 0.99);
  try {
    // Figures of the first collections.
    await telemetry.query("1");
    const shares = { without: [], with: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      shares.without.push(await share());
      shares.with.push(await withTabs(share));
    }
    await p99();
    const times = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      // Each order equally often, since a machine gets faster or slower meanwhile.
      const before = pair % 2 === 0 ? await p99() : undefined;
      const loaded = await withTabs(p99);
      times.push({ with: loaded, without: before ?? (await p99()) });
    }
    const holdWithoutMillis = await longestTurn(() => pause(HOLD_MILLIS));
    // The first view, too: its range is evaluated at once.
    const holdMillis = await longestTurn(() => withTabs(() => pause(HOLD_MILLIS)));
    return { ...figuresOf(shares, times), holdMillis, holdWithoutMillis, series: await seriesOf(telemetry) };
  } finally {
    clients.kill();
    loader.kill();
    server.close();
    end();
    await telemetry.shutdown();
  }
}

// The longest turn of the event loop, in CPU time of the main thread. On a busy machine, a clock counts other processes,
// too. The system updates this time each 4 ms while the thread runs.
async function longestTurn(work) {
  const file = openSync("/proc/self/schedstat", "r");
  const bytes = Buffer.alloc(64);
  const nanos = () => Number(bytes.toString("latin1", 0, readSync(file, bytes, 0, 64, 0)).split(" ")[0]);
  let isOver = false;
  let longest = 0;
  let last = nanos();
  const turn = () => {
    if (isOver) return;
    const now = nanos();
    longest = Math.max(longest, now - last);
    last = nanos();
    setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  closeSync(file);
  return longest / 1e6;
}

// CPU time of this process while no client sends requests: theirs would hide that of the page.
async function share() {
  const [cpu, loop, began] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()];
  await pause(SECONDS * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const { active } = performance.eventLoopUtilization(loop);
  const millis = performance.now() - began;
  return { cpu: (user + system) / 1_000 / millis, loop: active / millis };
}

function figuresOf(shares, times) {
  const of = (name, part) => median(shares[part].map((each) => each[name]));
  const ratios = times.map((pair) => pair.with / pair.without);
  return {
    cpuPercent: 100 * (of("cpu", "with") - of("cpu", "without")),
    cpuWithoutPercent: 100 * of("cpu", "without"),
    loopPercent: 100 * (of("loop", "with") - of("loop", "without")),
    p99Millis: median(times.map((pair) => pair.with)),
    p99Ratio: median(ratios),
    // Half of the pairs are in between.
    p99From: percentile(ratios, 0.25),
    p99To: percentile(ratios, 0.75),
  };
}

function percentile(values, part) {
  return values.toSorted((one, other) => one - other)[Math.floor(part * (values.length - 1))];
}

// Series of facades and of instruments with attributes, recorded ten times a second.
function application({ messaging, coordination, health, commands, collector }) {
  const counter = collector.registerCounter("orders_total", "Orders", ["shop"]);
  const gauge = collector.registerGauge("stock", "Items", ["shop"]);
  health.set("database", "healthy");
  const record = () => {
    for (let i = 0; i < SERIES / 2; i++) {
      counter.increment(1, { shop: `shop ${i}` });
      gauge.set(i, { shop: `shop ${i}` });
    }
    for (let i = 0; i < 5; i++) {
      messaging.sent(`queue ${i}`);
      messaging.received(`queue ${i}`);
      messaging.processed(`queue ${i}`, 0.01);
    }
    coordination.message("heartbeat");
    commands.recordExecution(true, 0.1, "convert");
  };
  record();
  const timer = setInterval(record, 1_000);
  return () => clearInterval(timer);
}

async function seriesOf(telemetry) {
  const result = await telemetry.query('count({__name__!=""})');
  return result.kind === "vector" ? result.series[0]?.value : undefined;
}

const [name] = process.argv.slice(2);
if (name !== undefined) {
  console.log(JSON.stringify(await measured(CASES[name])));
  process.exit();
}
for (const each of Object.keys(CASES)) {
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), each], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`"${each}" ended with ${status}`);
  const figures = JSON.parse(stdout.trim().split("\n").at(-1));
  const { cpuPercent, cpuWithoutPercent, loopPercent, holdMillis, holdWithoutMillis, series } = figures;
  const { p99Ratio, p99From, p99To, p99Millis } = figures;
  console.log(`${each} (${series} series):
- ${cpuPercent.toFixed(2)} % of a core in addition to ${cpuWithoutPercent.toFixed(2)} %, ${loopPercent.toFixed(2)} % of the event loop
- longest turn ${holdMillis.toFixed(1)} ms, ${holdWithoutMillis.toFixed(1)} ms without tabs
- p99 of requests ${p99Millis.toFixed(2)} ms, ${p99Ratio.toFixed(2)} times that without tabs (${p99From.toFixed(2)} to ${p99To.toFixed(2)})`);
}
