// All monitors in an application that uses every facade: time of the event loop within 15 seconds, and its longest hold.
// Each group of rules is evaluated at its own interval and phase, so that not all are due within the same 15 seconds. The
// CPU time is that of the whole process, with the history's thread.
//
// `npm run bench:alerts`, or `node bench/alerts/monitors.js <case>` for one process. Each figure is the best of the
// processes. With `hold` after the case, the longest hold is measured instead of the time.
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
// Windows of 15 seconds. Within eight of them each group is due once or more often: the longest interval is two minutes.
const FIRST_WINDOWS = 8;
// Four minutes, as in a young process: V8 has not optimized all code.
const WINDOWS = 16;
const STEP = 15_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// `live`: time in memory. `stored`: time in the history before the start, if there is one. `isOld`: whether there was an
// evaluation after each collection, as in a process that has run for long.
const CASES = {
  "live metrics of an hour": { live: HOUR },
  "live metrics of 2 minutes, a history of an hour": { live: 2 * MINUTE, stored: HOUR },
  "live metrics of 2 minutes, a history of 7 days": { live: 2 * MINUTE, stored: 7 * DAY },
  "live metrics of an hour, 240 evaluations before": { live: HOUR, isOld: true },
  "live metrics and evaluations of an hour, a history of 7 days": {
    live: HOUR,
    stored: 7 * DAY,
    isOld: true,
  },
};

/** Measures the evaluations after each collection. Those of the first two minutes after the start are apart. */
async function measured({ live, stored, isOld = false }, measure = timeOf) {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  const path = stored === undefined ? undefined : join(folder, "tachymeter.db");
  const start = Date.now() - live;
  if (path !== undefined) await fill(path, start - stored, start - 30_000);
  const running = await begin(path, start);
  try {
    let time = start;
    for (; time < start + live; time += STEP) {
      await running.collect(time);
      if (isOld) await running.evaluate(time);
    }
    const samples = [];
    for (let i = 0; i < FIRST_WINDOWS + WINDOWS; i++, time += STEP) {
      await running.collect(time);
      samples.push(await measure(() => running.evaluate(time)));
    }
    return {
      alerts: running.alerts(),
      first: summaryOf(samples.slice(0, FIRST_WINDOWS)),
      later: summaryOf(samples.slice(FIRST_WINDOWS)),
    };
  } finally {
    await running.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function summaryOf(samples) {
  const of = (name) => samples.map((sample) => sample[name] ?? Number.NaN);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    loopMillis: mean(of("loopMillis")),
    loopMedianMillis: median(of("loopMillis")),
    loopWorstMillis: Math.max(...of("loopMillis")),
    cpuMillis: mean(of("cpuMillis")),
    holdMillis: Math.max(...of("holdMillis")),
    holdMedianMillis: median(of("holdMillis")),
  };
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
  const { HistoryExporter, HistoryStore } = await fromBuild("history/parts.js");
  const history = await HistoryStore.open({ path });
  const exporter = new HistoryExporter(history);
  for (let time = from; time <= to; time += time < to - HOUR ? 10 * MINUTE : MINUTE)
    await app.collect(time, (collection) => exporter.exportCollection(collection));
  await history.close();
  await app.end();
}

/** The parts of the SDK that evaluate rules, with collections at given times, and the evaluations of the 15 seconds after. */
async function begin(path, start) {
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const { JoinedSource } = await fromBuild("query/joined-source.js");
  const { RecentSource } = await fromBuild("query/recent-source.js");
  const { RuleEngine } = await fromBuild("alerts/evaluation/rule-engine.js");
  const { RuleGroupRun } = await fromBuild("alerts/evaluation/rule-group.js");
  const { generatedGroups } = await fromBuild("alerts/rules/generated-groups.js");
  const { monitorGroups } = await fromBuild("alerts/monitors/monitor-groups.js");
  const app = await application("running");
  const columns = new LiveColumns({ maxBytes: 64 * 2 ** 20, translation: {} });
  const { inSlices } = await fromBuild("io/yield.js");
  const history = path === undefined ? undefined : await opened(path);
  const own = { instance: "running", sinceUnixMillis: start };
  const older = history?.history.viewed({ own });
  const all = older && new JoinedSource(older, columns);
  const groups = generatedGroups("monitors", monitorGroups());
  // For the times that the engine's timers have.
  const runs = groups.map((group) => new RuleGroupRun(group, group.intervalMillis ?? STEP));
  const engine = new RuleEngine({
    groups,
    source: new RecentSource({ recent: () => columns, all: () => all ?? columns, older: () => older }),
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
    async evaluate(time) {
      const due = runs.map((run) => ({ run, at: run.dueAfter(time) }));
      due.sort((a, b) => a.at - b.at);
      for (const { run, at } of due) if (at <= time + STEP) await engine.evaluate(run.checked, at);
    },
    alerts: () => engine.active().map(({ name, state }) => `${name} ${state}`),
    async end() {
      await engine.end();
      await history?.history.close();
      await app.end();
    },
  };
}

async function opened(path) {
  const { HistoryExporter, HistoryStore } = await fromBuild("history/parts.js");
  const history = await HistoryStore.open({ path });
  return { history, exporter: new HistoryExporter(history) };
}

/** Prints a table of all cases. */
export function report() {
  console.log(
    "| 15 seconds of all monitors, 2,000 series | time of the event loop | longest hold | CPU time |",
  );
  console.log("|---|---|---|---|");
  for (const [title, { isOld }] of Object.entries(CASES)) {
    const times = Array.from({ length: PROCESSES }, () => resultOf(title));
    const holds = Array.from({ length: PROCESSES }, () => resultOf(title, "hold"));
    const row = (name, of) => {
      const best = (field, results = times) =>
        `${Math.min(...results.map((result) => of(result)[field])).toFixed(1)} ms`;
      const time = `${best("loopMillis")}, median ${best("loopMedianMillis")}, worst ${best("loopWorstMillis")}`;
      const hold = `${best("holdMedianMillis", holds)}, worst ${best("holdMillis", holds)}`;
      console.log(`| ${name} | ${time} | ${hold} | ${best("cpuMillis")} |`);
    };
    row(title, ({ later }) => later);
    if (isOld !== true) row("… in the first two minutes", ({ first }) => first);
  }
}

function resultOf(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const script = fileURLToPath(import.meta.url);
const [, called, name, first] = process.argv;
if (called === script) {
  if (name === undefined) report();
  else {
    // Nothing of the SDK keeps a process alive.
    const alive = setInterval(() => {}, HOUR);
    console.log(JSON.stringify(await measured(CASES[name], first === "hold" ? holdOf : timeOf)));
    clearInterval(alive);
  }
}
