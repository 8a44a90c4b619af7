// A thousand rules over 10,000 series: CPU time of an evaluation of all, and the longest hold of the event loop in it.
//
// `npm run bench:alerts`. Each figure is the best of five processes, from evaluations after the first 20.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fromBuild } from "../build.js";
import { mustBe } from "../measure.js";
import { watchTurns } from "../turns.js";

const PROCESSES = 5;
const RULES = 1_000;
const SERIES = 10_000;
const GROUPS = 20;
const STEP = 15_000;
const COLLECTIONS = 40;
const FIRST = 20;

// A threshold, and a rate and sum, by turns. Each reads the ten series of its shard.
const expressionOf = (i) =>
  i % 2 === 0 ? `queue_size{shard="${i}"} > 5` : `sum(rate(orders_total{shard="${i}"}[1m])) > 1000`;

async function measured() {
  const { MeterProvider } = await fromBuild("engine/index.js");
  const { SnapshotReader } = await fromBuild("readers/reader.js");
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const { RuleEngine } = await fromBuild("alerts/evaluation/rule-engine.js");
  const { checkGroups } = await fromBuild("alerts/rules/check-groups.js");
  const { inSlices } = await fromBuild("io/yield.js");
  const reader = new SnapshotReader();
  const meterProvider = new MeterProvider({ readers: [reader], cardinalityLimit: SERIES });
  const meter = meterProvider.getMeter("shop");
  const [sizes, orders] = [meter.createGauge("queue_size"), meter.createCounter("orders")];
  const columns = new LiveColumns({ maxBytes: 64 * 2 ** 20, translation: {} });
  const engine = new RuleEngine({ groups: groupsOf(checkGroups), source: columns, intervalMillis: STEP });
  const samples = [];
  let time = Date.now();
  for (let i = 0; i < COLLECTIONS; i++, time += STEP) {
    for (let j = 0; j < SERIES; j++) {
      const attributes = { shard: `${j % RULES}`, worker: Math.floor(j / RULES) };
      if (j % 2 === 0) sizes.record(j % RULES === 0 ? 10 : 1, attributes);
      else orders.add(1, attributes);
    }
    await reader.collected((collected) => inSlices(columns.append({ ...collected, timeUnixMillis: time })));
    const cpu = process.cpuUsage();
    const watched = watchTurns();
    await engine.evaluate(undefined, time);
    const holdMillis = await watched();
    const { user, system } = process.cpuUsage(cpu);
    samples.push({ cpuMillis: (user + system) / 1_000, holdMillis });
  }
  // The rule of shard 0, for each of its ten series.
  mustBe(engine.active().length, SERIES / RULES);
  await engine.end();
  await meterProvider.shutdown();
  const later = samples.slice(FIRST);
  return {
    meanMillis: later.reduce((sum, { cpuMillis }) => sum + cpuMillis, 0) / later.length,
    holdMillis: Math.max(...later.map((each) => each.holdMillis)),
    firstHoldMillis: samples[0].holdMillis,
  };
}

function groupsOf(checkGroups) {
  const rules = Array.from({ length: RULES }, (_, i) => ({ alert: `Rule${i}`, expr: expressionOf(i) }));
  const size = RULES / GROUPS;
  const groups = Array.from({ length: GROUPS }, (_, i) => ({
    name: `group-${i}`,
    rules: rules.slice(i * size, (i + 1) * size),
  }));
  return checkGroups("rules", groups).groups;
}

const [, script, name] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (name === "measure") console.log(JSON.stringify(await measured()));
  else report();
}

function report() {
  const results = Array.from({ length: PROCESSES }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, "measure"], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  });
  const best = (figure) => `${Math.min(...results.map((each) => each[figure])).toFixed(1)} ms`;
  console.log("| 1,000 rules, 10,000 series | best of 5 | must |\n|---|---|---|");
  console.log(`| an evaluation of all, CPU time | ${best("meanMillis")} | 250 ms |`);
  console.log(`| the longest hold in 20 evaluations | ${best("holdMillis")} | 5 ms |`);
  console.log(`| the longest hold in the first evaluation | ${best("firstHoldMillis")} | 5 ms |`);
}
