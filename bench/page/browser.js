// The page in Chromium: its size, the time until the first chart, and the time of frames while charts move.
//
// `npm run build && node bench/page/browser.js [rounds]`. Prints the figures; those of time vary with the load of the
// machine.
import { createServer } from "node:http";
import { once } from "node:events";
import { chromium } from "playwright-core";
import { start } from "../../dist/index.js";
import { frames } from "./frames.js";

const rounds = Number(process.argv[2] ?? 15);
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
  console.log(await frames(browser, context, telemetry.pageUrl));
} finally {
  clearInterval(recording);
  await browser.close();
  bare.close();
  await telemetry.shutdown();
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

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)].toFixed(0);
}
