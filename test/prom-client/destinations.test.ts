// Metrics of an application's own prom-client, and of ours in its place, in everything that Tachymeter writes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

const PROGRAM = `
  const { start } = require("tachymeter");
  const { OTLP, FOLDER } = process.env;
  const rule = { alert: "Orders", expr: 'orders_total{country="nz"} > 2' };
  const telemetry = start({
    readers: [
      { type: "prometheus", port: 0 },
      { type: "otlp", url: OTLP },
      { type: "json", file: FOLDER + "/metrics.json" },
    ],
    history: { path: FOLDER + "/history.db" },
    alerts: { monitors: false, interval: 0.05, rules: [{ name: "own", rules: [rule] }] },
    page: true,
    host: false,
    runtime: false,
    group: false,
  });
  const { Counter } = require("prom-client");
  new Counter({ name: "orders_total", help: "Orders", labelNames: ["country"] }).inc({ country: "nz" }, 3);
  const firing = new Promise((resolve) => telemetry.alerts.on((alert) => resolve(alert.name + " " + alert.value)));
  // Nothing else keeps the process while it waits for the alert.
  const alive = setInterval(() => {}, 1_000);
  const main = async () => {
    await telemetry.ready;
    const alert = await firing;
    await telemetry.forceFlush();
    const { series } = await telemetry.history.query({ metric: "orders_total", aggregate: "LAST", by: ["country"] });
    const url = new URL("/api/v1/query?query=orders_total", telemetry.pageUrl);
    const { data } = await (await fetch(url)).json();
    const result = { alert, history: series[0].points.at(-1)[1], page: data.result[0].value[1] };
    await telemetry.shutdown();
    clearInterval(alive);
    console.log(JSON.stringify(result));
  };
  main();`;

test.each([
  ["the application's own prom-client", []],
  ["ours in its place", ["--import", "tachymeter/prom-client/register"]],
])("metrics of %s reach OTLP, JSON, history, alerts and the page", async (_, flags) => {
  const receiver = await otlpReceiver();
  const folder = newFolder("destinations");
  const cwd = await application({ "app.cjs": PROGRAM });
  const env = { OTLP: `${receiver.url}/v1/metrics`, FOLDER: folder };
  const output = await outputOf(runNode({ cwd, args: [...flags, "app.cjs"], env }));
  expect(JSON.parse(output)).toEqual({ alert: "Orders 3", history: 3, page: "3" });
  expect(receiver.metric("orders_total")).toMatchObject({
    kind: "sum",
    points: [{ value: 3, attributes: { country: "nz" } }],
  });
  expect(readFileSync(join(folder, "metrics.json"), "utf8")).toContain("orders_total");
});
