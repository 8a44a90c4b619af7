// The page in Chromium: its size, the time until the first chart, and the time of frames while charts move.
//
// `npm run build && node bench/page/browser.js [rounds]`. Prints the figures; those of time vary with the load of the
// machine.
import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { start } from "../../dist/index.js";

const rounds = Number(process.argv[2] ?? 15);
const MOVING_MILLIS = 6_000;
// Charts of a short range move each second.
const MOVING_RANGE_SECONDS = 60;
const WARM_MILLIS = 2_000;
const REST_MILLIS = 500;

const telemetry = start({
  page: true,
  serviceName: "shop",
  readers: [{ type: "prometheus", port: 0 }],
  group: false,
  live: { resolution: 1 },
});
await telemetry.ready;
const recording = setInterval(() => {
  for (const queue of ["orders", "invoices", "mails"]) {
    telemetry.messaging.sent(queue);
    telemetry.messaging.received(queue);
    telemetry.messaging.processed(queue, Math.random() / 10);
  }
  telemetry.commands.recordExecution(Math.random() > 0.1, Math.random(), "convert");
}, 20);
const bare = createServer((_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><title>bare</title><p>bare</p>");
}).listen(0, "127.0.0.1");
await once(bare, "listening");
const folder = await mkdtemp(join(tmpdir(), "tachymeter-page-"));
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // All figures need a few collections.
  await new Promise((resolve) => void setTimeout(resolve, 5_000));
  console.log(await load(context));
  const [page, plain] = [[], []];
  const tab = await warmTab(context);
  // By turns, so that both meet the same load.
  for (let round = 0; round < rounds; round++) {
    page.push(await firstChart(tab));
    plain.push(await firstPaint(tab));
  }
  console.log(
    `first chart: median ${median(page)} ms, bare page: median ${median(plain)} ms, ${rounds} rounds, warm`,
  );
  await tab.close();
  console.log(await frames(context));
} finally {
  clearInterval(recording);
  await browser.close();
  bare.close();
  await telemetry.shutdown();
  await rm(folder, { recursive: true });
}

async function load(context) {
  const page = await context.newPage();
  const sizes = [];
  page.on("requestfinished", async (request) => {
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await page.goto(telemetry.pageUrl);
  await page.locator(".plot[data-drawn]").first().waitFor();
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const count = sizes.length;
  await page.close();
  // The stream has not finished.
  return `first load: ${(bytes / 1_000).toFixed(1)} KB compressed, ${count + 1} requests`;
}

// Milliseconds from the navigation until the first chart is painted.
async function firstChart(page) {
  await rest(page);
  await page.goto(telemetry.pageUrl);
  const time = await page.waitForFunction(() => globalThis.paintedAt);
  return time.jsonValue();
}

async function firstPaint(page) {
  await rest(page);
  await page.goto(`http://127.0.0.1:${bare.address().port}/`);
  const time = await page.waitForFunction(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  );
  return time.jsonValue();
}

// A new tab in Chromium is a window, whose own parts load for a second at the expense of the page.
async function warmTab(context) {
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_records, observer) => {
      if (document.querySelector(".plot[data-drawn]") === null) return;
      observer.disconnect();
      // After the frame that paints it.
      requestAnimationFrame(() => setTimeout(() => (globalThis.paintedAt = performance.now())));
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.waitForTimeout(WARM_MILLIS);
  return page;
}

// The page before has ended its work.
async function rest(page) {
  await page.goto("about:blank");
  await page.waitForTimeout(REST_MILLIS);
}

// The time of the main thread for each frame, while the cursor moves over the charts and figures arrive each second.
async function frames(context) {
  const page = await context.newPage();
  await page.goto(`${telemetry.pageUrl}#/overview?range=${MOVING_RANGE_SECONDS}`);
  await page.locator(".plot[data-drawn]").first().waitFor();
  const path = join(folder, "trace.json");
  await browser.startTracing(page, { path, categories: ["devtools.timeline", "toplevel"] });
  const end = performance.now() + MOVING_MILLIS;
  for (let step = 0; performance.now() < end; step++)
    await page.mouse.move(200 + ((step * 7) % 1_000), 150 + ((step * 3) % 500));
  await browser.stopTracing();
  await page.close();
  const { traceEvents } = JSON.parse(readFileSync(path, "utf8"));
  const starts = traceEvents.filter(({ name }) => name === "FireAnimationFrame");
  const tasks = traceEvents.filter(({ name, ph }) => name.endsWith("RunTask") && ph === "X");
  const times = starts.flatMap(({ ts, pid, tid }) => {
    const task = tasks.find(
      (each) => each.pid === pid && each.tid === tid && each.ts <= ts && ts < each.ts + each.dur,
    );
    return task === undefined ? [] : [(task.tdur ?? task.dur) / 1_000];
  });
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]?.toFixed(1);
  return `frames: ${sorted.length}, main thread p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)].toFixed(0);
}
