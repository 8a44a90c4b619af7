// The pictures of the live page: two minutes of an application with queues, commands, workers and a slow cache.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { start } from "tachymeter";
import { withPalette } from "./palette.js";

const SECONDS = Number(process.argv[2] ?? 120);
const TURN_MILLIS = 50;
// Pages of the documents that show a part of it.
const FURTHER = [
  { name: "queues", hash: "#/area/messages", height: 690 },
  { name: "health", hash: "#/area/health", height: 320 },
  { name: "alerts", hash: "#/alerts", height: 720 },
  { name: "workers", hash: "#/kernels", height: 418 },
  {
    name: "explore",
    hash: "#/explore?q=max by (messaging_destination_name) (message_queue_size)",
    height: 510,
  },
];

const telemetry = start({
  page: true,
  serviceName: "shop",
  resource: { "service.version": "2.4.1" },
  readers: [{ type: "prometheus", port: 0 }],
  hooks: { kernels: true },
  group: false,
  live: { resolution: 1 },
  alerts: {
    interval: 1,
    monitors: false,
    rules: [
      {
        name: "shop",
        rules: [
          {
            alert: "OrdersWait",
            expr: "sum by (messaging_destination_name) (message_queue_size) > 60",
            labels: { severity: "warning" },
            annotations: {
              summary: "{{ $value | humanize }} messages wait in {{ $labels.messaging_destination_name }}",
              description:
                "They are processed more slowly than they arrive. Look for a slow dependency of the workers.",
            },
          },
        ],
      },
    ],
  },
});
await telemetry.ready;
const { commands, health, kernels, messaging } = telemetry;
const kernelIds = ["resize-1", "resize-2", "resize-3"];
for (const id of kernelIds) kernels.activate(id);
health.set("database", "healthy");
health.set("cache", "healthy");
let waiting = 20;
messaging.queueSize("orders", () => Math.round(waiting));
const ending = new AbortController();

async function work() {
  for (let turn = 0; !ending.signal.aborted; turn++) {
    const seconds = (turn * TURN_MILLIS) / 1_000;
    const load = 1 + 0.5 * Math.sin(seconds / 12) + Math.random() * 0.3;
    const isLate = seconds > SECONDS * 0.6 && seconds < SECONDS * 0.75;
    waiting = Math.max(3, waiting + (isLate ? 0.3 : -0.05) + Math.random() * 0.4 - 0.2);
    if (Math.random() < load * 0.6) {
      messaging.sent("orders");
      messaging.received("orders");
      messaging.processed("orders", (isLate ? 0.09 : 0.02) * (0.5 + Math.random()));
      const kernel = kernelIds[Math.floor(Math.random() ** 1.5 * 3)];
      kernels.recordReceive(kernel);
      kernels.recordProcessed(kernel, 0.02);
    }
    if (Math.random() < load * 0.3)
      commands.recordExecution(Math.random() > 0.03, 0.05 + Math.random() * 0.2, "convert");
    if (turn === Math.round(((SECONDS * 0.6) / TURN_MILLIS) * 1_000))
      health.set("cache", "degraded", "latency above 200 ms");
    await pause(TURN_MILLIS);
  }
}

// It goes on while the pictures are taken.
const working = work();
await pause(SECONDS * 1_000);
const chromiumPath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${telemetry.pageUrl}#/overview?range=${SECONDS}`);
  await page.locator(".plot[data-drawn]").nth(10).waitFor();
  await pause(2_000);
  await taken(page, "page");
  for (const { name, hash, height } of FURTHER) {
    await page.setViewportSize({ width: 1100, height });
    await page.goto(`${telemetry.pageUrl}${hash}${hash.includes("?") ? "&" : "?"}range=${SECONDS}`);
    await page.locator(".plot[data-drawn]").first().waitFor();
    await pause(1_000);
    await taken(page.locator("main"), name);
  }
} finally {
  ending.abort();
  await working;
  await browser.close();
  await telemetry.shutdown();
}

async function taken(part, name) {
  const path = join(import.meta.dirname, `${name}.png`);
  await part.screenshot({ path });
  writeFileSync(path, withPalette(readFileSync(path)));
  console.log(path);
}
