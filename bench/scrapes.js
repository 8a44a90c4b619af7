// Scrapes over HTTP: the contender serves 100,000 series in this process, and other processes scrape them.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { PrometheusExporter as UpstreamExporter, prometheus } from "./baselines.js";
import { entryFile } from "./build.js";
import { otel } from "./contenders.js";
import { attributeSets } from "./data.js";
import * as loops from "./loops.js";
import { median, mustBe, stopwatch } from "./measure.js";
import { watchTurns } from "./turns.js";

const SERIES = 100_000;
const sets = attributeSets(SERIES);
const IS_PROCESSOR_TIME = process.env.TACHYMETER_BENCH_CLOCK === "processor";
const PLAIN = { "accept-encoding": "identity" };
const GZIP = { "accept-encoding": "gzip" };

/**
 * Measures the time from the request to the last byte, or the server's processor time: the median of some scrapes; every
 * series grows between them.
 */
export async function scraping(contender, { runs = 15, warmUpRuns = 5 } = {}) {
  const { url, grow } = await serving[contender]();
  const scraper = await started("scraper.js");
  const samples = [];
  for (let i = 1; i <= runs + warmUpRuns; i++) {
    if (i > 1) grow();
    const elapsed = stopwatch();
    const [{ millis, total, series }] = await asked(scraper, { scrape: { url, headers: PLAIN, times: 1 } });
    const used = elapsed();
    mustBe(`${total} in ${series} series`, `${SERIES * i} in ${SERIES} series`);
    if (i > warmUpRuns) samples.push(IS_PROCESSOR_TIME ? used : millis);
  }
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

/** The same for the first scrape of a process. */
export function scrapingFirst(contender) {
  return scraping(contender, { runs: 1, warmUpRuns: 0 });
}

/** Measures the processor time that a scrape costs the main thread. */
export async function mainThreadOf(encoding) {
  const headers = encoding === "gzip" ? GZIP : PLAIN;
  const { url } = await serving.tachymeter();
  const scraper = await started("scraper.js");
  await asked(scraper, { scrape: { url, headers, times: 10 } });
  const samples = [];
  for (let i = 0; i < 10; i++) {
    const before = mainThreadMillis();
    await asked(scraper, { scrape: { url, headers, times: 4 } });
    samples.push((mainThreadMillis() - before) / 4);
  }
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

/** Measures the longest time between two turns of the event loop during a scrape: the median of some scrapes. */
export async function longestHold(contender) {
  const { url } = await serving[contender]();
  const scraper = await started("scraper.js");
  await asked(scraper, { scrape: { url, headers: PLAIN, times: 10 } });
  const holds = [];
  for (let i = 0; i < 15; i++) {
    const hold = watchTurns();
    await asked(scraper, { scrape: { url, headers: PLAIN, times: 1 } });
    holds.push(await hold());
  }
  return { unit: "ms", value: median(holds), min: Math.min(...holds), max: Math.max(...holds) };
}

const LOAD = { perSecond: 500, millis: 2_000 };
const PAIRS = 12;

/**
 * Measures the factor by which the 99th percentile of a server's response times grows with one scrape per second. It
 * is the median of pairs of loads of equal length; the load without scrapes is the first of every other pair.
 */
export async function scrapedUnderLoad(contender) {
  const { url, count } = await serving[contender]();
  const application = await listening((_, response) => {
    count();
    response.end("ok");
  });
  const loader = await started("loader.js");
  const scraper = await started("scraper.js");
  await asked(scraper, { scrape: { url, headers: PLAIN, times: 5 } });
  await asked(loader, { load: { url: application, ...LOAD } });
  const load = async () => percentile(0.99, await asked(loader, { load: { url: application, ...LOAD } }));
  const scraped = async () => {
    scraper.send({ every: { url, millis: 1_000 } });
    const result = await load();
    await asked(scraper, { stop: true });
    return result;
  };
  const pairs = [];
  for (let i = 0; i < PAIRS; i++) {
    if (i % 2 === 0) pairs.push({ without: await load(), scraped: await scraped() });
    else pairs.push({ scraped: await scraped(), without: await load() });
  }
  const ratios = pairs.map((pair) => pair.scraped / pair.without);
  return {
    unit: "×",
    value: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    pairs: ratios.length,
    lower: percentile(0.25, ratios),
    upper: percentile(0.75, ratios),
  };
}

// Each serves a counter with the same number of series, all counted once; `grow` counts each once more, `count` one
// of them.
const serving = {
  tachymeter: async () => {
    const { PrometheusExporter } = await import(entryFile("prometheus.js"));
    const cardinalityLimits = { default: 2 * SERIES };
    const exporter = new PrometheusExporter({ port: 0, preventServerStart: true, cardinalityLimits });
    const application = await counting("bundle", exporter);
    await exporter.startServer();
    return { url: exporter.url, ...application };
  },
  upstream: async () => {
    const exporter = withoutLimit(new UpstreamExporter({ preventServerStart: true }));
    const application = await counting("upstream", exporter);
    const url = await listening((request, response) => exporter.getMetricsRequestHandler(request, response));
    return { url, ...application };
  },
  "prom-client": async () => {
    const labelNames = ["method", "route", "status"];
    const registry = new prometheus.Registry();
    const counter = new prometheus.Counter({ name: "c_total", help: "c", labelNames, registers: [registry] });
    const grow = () => loops.incEach(counter, sets, SERIES);
    grow();
    const url = await listening(async (_, response) => {
      response.setHeader("content-type", registry.contentType);
      response.end(await registry.metrics());
    });
    return { url, grow, count: () => loops.incEach(counter, sets, 1) };
  },
};

async function counting(contender, reader) {
  const sdk = await otel[contender]({ reader });
  const counter = sdk.meter.createCounter("c");
  const grow = () => loops.addToEach(counter, sets, SERIES);
  grow();
  return { grow, count: () => loops.addToEach(counter, sets, 1) };
}

function withoutLimit(exporter) {
  exporter.selectCardinalityLimit = () => 2 * SERIES;
  return exporter;
}

async function listening(handler) {
  // Longer than any pause between two loads.
  const server = createServer({ keepAliveTimeout: 60_000 }, handler).listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  server.on("connection", (socket) => socket.unref());
  return `http://127.0.0.1:${server.address().port}/metrics`;
}

async function started(program) {
  const child = fork(join(import.meta.dirname, "programs", program));
  process.once("exit", () => child.kill());
  await once(child, "message");
  child.unref();
  child.channel.unref();
  return child;
}

async function asked(child, message) {
  child.channel.ref();
  const answered = once(child, "message");
  child.send(message);
  const [answer] = await answered;
  child.channel.unref();
  return answer;
}

// The time of the main thread alone, if the system provides it. Otherwise that of its event loop, including waits for
// a processor.
function mainThreadMillis() {
  if (process.threadCpuUsage !== undefined) {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  }
  if (process.platform !== "linux") return performance.eventLoopUtilization().active;
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

function percentile(share, numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1];
}
