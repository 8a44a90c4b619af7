// Delivery of many alerts: CPU time of an update, and the longest turn of the event loop in it. A turn's time is that of
// the clock, with garbage collections. The kernel may count the CPU time of other threads in ticks of 4 ms, too coarse for
// a turn.
//
// `npm run bench:alerts`. Each figure is the best of five processes.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { fromBuild } from "../build.js";
import { watchTurns } from "../turns.js";

const PROCESSES = 5;
const ALERTS = 10_000;
const MUST_MILLIS = 5;
const GROUP_WAIT_SECONDS = 1;
const MUST_POST_MILLIS = 1_000;

async function measured() {
  const { AlertDelivery } = await fromBuild("alerts/delivery/index.js");
  const receiver = { name: "none", takes: "groups", send: async () => ({ kind: "delivered" }), close() {} };
  const delivery = new AlertDelivery({ receivers: [] }, { receivers: [receiver], onEvent: () => {} });
  const seconds = Date.now() / 1_000;
  const alerts = Array.from({ length: ALERTS }, (_, i) => alertOf(i, seconds));
  const first = await update(delivery, alerts, seconds);
  const again = await update(
    delivery,
    alerts.map((each) => ({ ...each })),
    seconds + 15,
  );
  await delivery.close();
  return { first, again, post: await post() };
}

async function update(delivery, alerts, seconds) {
  const begin = process.cpuUsage();
  const watched = watchTurns();
  const started = performance.now();
  delivery.update(alerts, seconds);
  const firstPart = performance.now() - started;
  await delivery.updated();
  const total = millisSince(begin);
  return { total, longest: Math.max(firstPart, await watched()) };
}

/** Measures the time from an alert's firing to its request at a webhook, without the wait of its group. */
async function post() {
  const { AlertDelivery } = await fromBuild("alerts/delivery/index.js");
  const server = createServer((request, response) => void request.resume().on("end", () => response.end()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver = { type: "webhook", url: `http://127.0.0.1:${server.address().port}` };
  const delivery = new AlertDelivery({ route: { groupWait: GROUP_WAIT_SECONDS }, receivers: [receiver] });
  const arrived = once(server, "request");
  const seconds = Date.now() / 1_000;
  const started = performance.now();
  delivery.update([alertOf(0, seconds)], seconds);
  await arrived;
  const millis = performance.now() - started - GROUP_WAIT_SECONDS * 1_000;
  await delivery.close();
  server.closeAllConnections();
  server.close();
  return { millis };
}

function alertOf(i, seconds) {
  return {
    name: "Busy",
    state: "firing",
    labels: { alertname: "Busy", job: "shop", instance: `host-${i}`, severity: "warning" },
    annotations: { summary: `host ${i} is busy` },
    value: i,
    activeAt: seconds,
    firedAt: seconds,
  };
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
  const postMillis = Math.min(...results.map((each) => each.post.millis)).toFixed(0);
  console.log(
    `| from firing to \`POST\`, beyond \`group_wait\` | ${postMillis} ms | ${MUST_POST_MILLIS} ms |`,
  );
}
