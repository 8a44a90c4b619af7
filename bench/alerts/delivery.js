// Delivery of many alerts: CPU time of an update, and of the longest turn of the event loop in it.
//
// `npm run bench:alerts`. Each figure is the best of five processes.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fromBuild } from "../build.js";

const PROCESSES = 5;
const ALERTS = 10_000;
const MUST_MILLIS = 5;

async function measured() {
  const { Delivery } = await fromBuild("alerts/delivery/index.js");
  const receiver = { name: "none", takes: "groups", send: async () => ({ kind: "delivered" }), close() {} };
  const delivery = new Delivery({ receivers: [] }, { receivers: [receiver], onEvent: () => {} });
  const seconds = Date.now() / 1_000;
  const alerts = Array.from({ length: ALERTS }, (_, i) => ({
    name: "Busy",
    state: "firing",
    labels: { alertname: "Busy", job: "shop", instance: `host-${i}`, severity: "warning" },
    annotations: { summary: `host ${i} is busy` },
    value: i,
    activeAt: seconds,
    firedAt: seconds,
  }));
  const first = await update(delivery, alerts, seconds);
  const again = await update(
    delivery,
    alerts.map((each) => ({ ...each })),
    seconds + 15,
  );
  await delivery.close();
  return { first, again };
}

// The time of a turn is the CPU time of the process: other processes do not count, but other threads of this one do.
async function update(delivery, alerts, seconds) {
  const begin = process.cpuUsage();
  const waiting = new Set(["update"]);
  let [turn, longest] = [begin, 0];
  delivery.update(alerts, seconds);
  void delivery.updated().then(() => waiting.clear());
  while (waiting.size > 0) {
    longest = Math.max(longest, millisSince(turn));
    turn = process.cpuUsage();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  return { total: millisSince(begin), longest: Math.max(longest, millisSince(turn)) };
}

function millisSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
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
  console.log("| case | best of 5 | must |\n|---|---|---|");
  for (const [title, key] of [
    ["an update of 10,000 alerts, the first one", "first"],
    ["an update of 10,000 alerts, further ones", "again"],
  ]) {
    const best = (figure) => `${Math.min(...results.map((each) => each[key][figure])).toFixed(1)} ms`;
    console.log(`| ${title} | ${best("total")} | |`);
    console.log(`| longest turn of the event loop in it | ${best("longest")} | ${MUST_MILLIS} ms |`);
  }
}
