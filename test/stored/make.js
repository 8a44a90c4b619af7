// Makes the files of a version, which later versions must read. These are a store, an outbox, the state of alerts and anomalies, and the
// folder of a group whose process was killed. Run once for each version, with its build.
//
// `npm run --silent build && node test/stored/make.js test/stored/<version>`
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { start } from "../../dist/index.js";

const [folder = "", part] = process.argv.slice(2);

if (part === "member") await member();
else await made();

async function made() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await alone();
  const child = fork(import.meta.filename, [resolve(folder), "member"], { stdio: "inherit" });
  await once(child, "message");
  child.kill("SIGKILL");
  await once(child, "exit");
  rmSync(join(folder, "shop.db.reserve"), { force: true });
  // Sockets, which Git does not keep.
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isSocket()) rmSync(join(entry.parentPath, entry.name));
}

async function alone() {
  const url = "http://127.0.0.1:1";
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    collectionInterval: 0.5,
    live: { resolution: 1 },
    readers: [
      {
        type: "otlp",
        url: `${url}/v1/metrics`,
        timeout: 0.1,
        interval: 0.5,
        outbox: { directory: join(folder, "outbox") },
      },
    ],
    history: { path: join(folder, "shop.db") },
    anomalies: { series: ["shop_stock"] },
    alerts: {
      monitors: false,
      interval: 0.5,
      receivers: [{ type: "webhook", url }],
      route: { groupWait: 0 },
      rules: [{ name: "shop", interval: 1, rules: [{ alert: "FewItems", expr: "shop_stock < 100" }] }],
      sequences: [{ alert: "Unpaid", when: "order_made not followed by order_paid within 15s" }],
    },
  });
  await telemetry.ready;
  telemetry.alerts.silence('alertname="Other"', { until: new Date("2126-01-01"), comment: "for ever" });
  const meter = telemetry.meterProvider.getMeter("shop");
  const items = meter.createCounter("shop.items", { unit: "{item}" });
  const durations = meter.createHistogram("shop.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1] },
  });
  const stock = meter.createGauge("shop.stock");
  // Until an alert fires, and its notification waits.
  const firing = () => telemetry.alerts.active().length > 0;
  for (let [count, after] = [1, 0]; after < 20; count++) {
    items.add(3, { "item.kind": "tea" });
    items.add(1, { "item.kind": "mug" });
    durations.record(0.25);
    stock.record(40 - count, { place: 'a "b"' });
    telemetry.events.record({ event_type: "order_shipped", source: "shop", data: { order: count } });
    if (firing()) after++;
    await delay(600);
  }
  telemetry.events.record({ event_type: "order_made", source: "shop" });
  await telemetry.shutdown();
}

async function member() {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    readers: [{ type: "prometheus", port: 0 }],
    group: { directory: join(folder, "group") },
  });
  await telemetry.ready;
  telemetry.meterProvider.getMeter("shop").createCounter("shop.items").add(12);
  await telemetry.meterProvider.forceFlush();
  // A group writes each second.
  await delay(3_000);
  process.send("recorded");
  setTimeout(() => {}, 60_000);
}
