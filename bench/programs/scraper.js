// A scraper in its own process, controlled by messages.
//
// `{ scrape: { url, headers, times, pauseMillis } }` returns `{ millis, bytes, total, series }` of each scrape, from the request
// to its last byte. `total` is the sum of all samples of the counter, and `series` their number, if the body is plain text.
//
// `{ every: { url, millis } }` scrapes at this interval until `{ stop: true }`, which returns the number of scrapes.
import { Agent, createServer, get } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let scrapes = 0;
let timer;

await warmUp();
process.on("message", (message) => void obey(message));
process.send("ready");

async function obey({ scrape, every, stop }) {
  if (scrape !== undefined) process.send(await repeated(scrape));
  if (every !== undefined) {
    scrapes = 0;
    void count(every.url);
    timer = setInterval(() => void count(every.url), every.millis);
  }
  if (stop === true) {
    clearInterval(timer);
    process.send(scrapes);
  }
}

async function count(url) {
  await fetchBody(url);
  scrapes++;
}

async function repeated({ url, headers, times, pauseMillis = 0 }) {
  const results = [];
  for (let i = 0; i < times; i++) {
    if (pauseMillis > 0) await delay(pauseMillis);
    const { millis, chunks } = await fetchBody(url, headers);
    const body = Buffer.concat(chunks);
    results.push({ millis, bytes: body.length, ...counted(body) });
  }
  return results;
}

function fetchBody(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const started = performance.now();
    get(url, { agent, headers }, (response) => {
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ millis: performance.now() - started, chunks }));
    }).on("error", reject);
  });
}

function counted(body) {
  let total = 0;
  let series = 0;
  for (const line of body.toString("latin1").split("\n")) {
    if (line.startsWith("c_total{") || line.startsWith("c{")) {
      series++;
      total += Number(
        line
          .slice(line.lastIndexOf("}") + 1)
          .trim()
          .split(" ")[0],
      );
    }
  }
  return { total, series };
}

// The first requests of this process must not be counted as slow responses of the server.
async function warmUp() {
  const body = Buffer.alloc(4 * 1024 * 1024, "x");
  const server = createServer((_, response) => response.end(body)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  for (let i = 0; i < 3; i++) await fetchBody(`http://127.0.0.1:${server.address().port}`);
  agent.destroy();
  server.close();
}
