// One evaluation of all monitors in an application that uses every facade: time of the event loop and its longest hold.
// The CPU time is that of the whole process, with the history's thread.
//
// `npm run bench:alerts`, or `node bench/alerts/monitors.js <case>` for one process. Each figure is the best of the processes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { fromBuild } from "../build.js";
import { median } from "../measure.js";
import { watchTurns } from "../turns.js";
import { application } from "./application.js";

const PROCESSES = 3;
// Five minutes, as in a young process: V8 has not optimized all code.
const EVALUATIONS = 21;
const STEP = 15_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// `live`: time in memory. `stored`: time in the history before the start, if there is one.
const CASES = {
  "live metrics of an hour": { live: HOUR },
  "live metrics of 2 minutes, a history of an hour": { live: 2 * MINUTE, stored: HOUR },
  "live metrics of 2 minutes, a history of 7 days": { live: 2 * MINUTE, stored: 7 * DAY },
};

/** Measures evaluations after each collection. The first one, of a process that has just started, is apart. */
async function measured({ live, stored }) {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  const path = stored === undefined ? undefined : join(folder, "tachymeter.db");
  const start = Date.now() - live;
  if (path !== undefined) await fill(path, start - stored, start - 30_000);
  const running = await begin(path, start);
  try {
    let time = start;
    for (; time < start + live; time += STEP) await running.collect(time);
    const samples = [];
    for (let i = 0; i < EVALUATIONS; i++, time += STEP) {
      await running.collect(time);
      samples.push(await (i % 2 === 1 ? holdOf : timeOf)(() => running.evaluate(time)));
    }
    const [first, ...others] = samples;
    const of = (name) => others.flatMap((sample) => sample[name] ?? []);
    return {
      alerts: running.alerts(),
      first,
      loopMillis: median(of("loopMillis")),
      cpuMillis: median(of("cpuMillis")),
      holdMillis: Math.max(...of("holdMillis")),
      holdMedianMillis: median(of("holdMillis")),
    };
  } finally {
    await running.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timeOf(evaluate) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [cpu, loop] = [process.cpuUsage(), performance.eventLoopUtilization()];
  await evaluate();
  const { active } = performance.eventLoopUtilization(loop);
  const { user, system } = process.cpuUsage(cpu);
  return { loopMillis: active, cpuMillis: (user + system) / 1_000 };
}

async function holdOf(evaluate) {
  const watched = watchTurns();
  await evaluate();
  return { holdMillis: await watched() };
}

/** Fills a store as a process before: a collection each minute in the last hour, and each 10 minutes before that. */
async function fill(path, from, to) {
  const app = await application("before");
  const { History, HistoryExporter } = await fromBuild("history/index.js");
  const history = await History.open({ path });
  const exporter = new HistoryExporter(history);
  for (let time = from; time <= to; time += time < to - HOUR ? 10 * MINUTE : MINUTE)
    await app.collect(time, (collection) => exporter.exportCollection(collection));
  await history.close();
  await app.end();
}

/** The parts of the SDK that evaluate rules, with collections and evaluations at given times. */
async function begin(path, start) {
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const { JoinedSource } = await fromBuild("query/joined-source.js");
  const { RecentSource } = await fromBuild("query/recent-source.js");
  const { RuleEngine } = await fromBuild("alerts/evaluation/rule-engine.js");
  const { checkGroups } = await fromBuild("alerts/rules/check-groups.js");
  const { monitorGroups } = await fromBuild("alerts/monitors/monitor-groups.js");
  const app = await application("running");
  const columns = new LiveColumns({ maxBytes: 64 * 2 ** 20, translation: {} });
  const { inSlices } = await fromBuild("io/yield.js");
  const history = path === undefined ? undefined : await opened(path);
  const own = { instance: "running", sinceUnixMillis: start };
  const older = history?.history.viewed({ own });
  const all = older && new JoinedSource(older, columns);
  const recent = {
    select: (selection) => columns.select(selection),
    inMemory: () => columns.inMemory(),
    reachesBackTo: (unixMillis) => columns.reachesBackTo(unixMillis),
    get lastUnixMillis() {
      return columns.lastUnixMillis;
    },
  };
  const engine = new RuleEngine({
    groups: checkGroups("monitors", monitorGroups()).groups,
    source: new RecentSource({ recent: () => recent, all: () => all ?? recent, older: () => older }),
    intervalMillis: STEP,
  });
  let storedAt = 0;
  return {
    async collect(time) {
      await app.collect(time, (collection) => inSlices(columns.append(collection)));
      if (history === undefined || time - storedAt < MINUTE) return;
      storedAt = time;
      await app.collect(time, (collection) => history.exporter.exportCollection(collection));
    },
    evaluate: (time) => engine.evaluate(undefined, time),
    alerts: () => engine.active().map(({ name, state }) => `${name} ${state}`),
    async end() {
      await engine.end();
      await history?.history.close();
      await app.end();
    },
  };
}

async function opened(path) {
  const { History, HistoryExporter } = await fromBuild("history/index.js");
  const history = await History.open({ path });
  return { history, exporter: new HistoryExporter(history) };
}

/** Prints a table of all cases. */
export function report() {
  console.log(
    "| one evaluation of all monitors, 2,000 series | time of the event loop | longest hold | CPU time |",
  );
  console.log("|---|---|---|---|");
  for (const title of Object.keys(CASES)) {
    const results = Array.from({ length: PROCESSES }, () => resultOf(title));
    const best = (of) => `${Math.min(...results.map(of)).toFixed(1)} ms`;
    const holds = `${best(({ holdMedianMillis }) => holdMedianMillis)}, worst ${best(({ holdMillis }) => holdMillis)}`;
    console.log(
      `| ${title} | ${best(({ loopMillis }) => loopMillis)} | ${holds} | ${best(({ cpuMillis }) => cpuMillis)} |`,
    );
    console.log(
      `| … the first one | ${best(({ first }) => first.loopMillis)} | | ${best(({ first }) => first.cpuMillis)} |`,
    );
  }
}

function resultOf(title) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, title], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const script = fileURLToPath(import.meta.url);
const [, called, name] = process.argv;
if (called === script) {
  if (name === undefined) report();
  else console.log(JSON.stringify(await measured(CASES[name])));
}
