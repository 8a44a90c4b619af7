// Measurements of real processes: memory, age of the figures, takeover.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { entryFile } from "../build.js";
import { median } from "../measure.js";

const MIB = 2 ** 20;
const SERIES = 10_000;
const MEMBERS = 8;
// Count, sum, minimum, maximum and 16 buckets, of 8 bytes.
const HISTOGRAM_BYTES = 8 * 20;
const REPORT_MILLIS = 1_200;
const SCRAPES = 30;
const TAKEOVERS = 3;
const program = join(import.meta.dirname, "programs/member.js");
const register = ["--import", pathToFileURL(entryFile("register.js")).href];

/** Measures the resident memory of a process with 10,000 histograms, in a group or alone. */
export function memberMemory({ group, reporter }) {
  return inGroup(async (start) => {
    if (group === "auto") await start(0);
    const member = await start(SERIES, { TACHYMETER_GROUP: group, TACHYMETER_GROUP_REPORTER: reporter });
    for (let i = 0; i < 4; i++) {
      await member.ask("grow");
      await delay(REPORT_MILLIS);
    }
    const { rss, held } = await member.ask("memory");
    return { unit: "MiB", value: rss / MIB, held: held / MIB };
  });
}

/**
 * Measures heap and buffers of a process that exports 8 members with 10,000 histograms each, as a multiple of the
 * members' cells. Those of a process alone that exports 10,000 histograms are subtracted.
 */
export function aggregatorMemory() {
  return inGroup(async (start) => {
    const alone = await heldAfterScrapes(await start(SERIES, { TACHYMETER_GROUP: "false" }), []);
    const aggregator = await start(0);
    const members = [];
    for (let i = 0; i < MEMBERS; i++) members.push(await start(SERIES));
    const serving = await heldAfterScrapes(aggregator, members);
    const cells = MEMBERS * SERIES * HISTOGRAM_BYTES;
    return {
      unit: "× the cells",
      value: (serving.held - alone.held) / cells,
      residentMiB: (serving.rss - alone.rss) / MIB,
      cellsMiB: cells / MIB,
    };
  });
}

/** Measures the greatest age of a member's figures at the end of a scrape. */
export function staleness() {
  return inGroup(async (start) => {
    const aggregator = await start(0);
    const member = await start(0);
    await member.ask("clock");
    const url = await aggregator.ask("url");
    while ((await sampleOf(url, "clock_total")) === undefined) await delay(50);
    const ages = [];
    for (let i = 0; i < SCRAPES; i++) {
      await delay(37);
      const time = await sampleOf(url, "clock_total");
      ages.push((Date.now() - time) / 1_000);
    }
    return { unit: "s", value: Math.max(...ages), median: median(ages) };
  });
}

/** Measures the time from the SIGKILL of the exporting process to a whole scrape of another: the median of some. */
export async function takeover() {
  const samples = [];
  for (let i = 0; i < TAKEOVERS; i++) samples.push(await oneTakeover());
  return { unit: "s", value: median(samples), min: Math.min(...samples), max: Math.max(...samples) };
}

function oneTakeover() {
  return inGroup(async (start) => {
    const port = await freePort();
    const env = { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` };
    const first = await start(100, env);
    await start(100, env);
    await start(100, env);
    const url = `http://127.0.0.1:${port}/metrics`;
    const isWhole = async () => (await sumOf(url, "h_count{")) >= 300;
    while (!(await isWhole())) await delay(50);
    first.process.kill("SIGKILL");
    const killed = performance.now();
    while (!(await isWhole().catch(() => false))) await delay(2);
    return (performance.now() - killed) / 1_000;
  });
}

async function heldAfterScrapes(aggregator, members) {
  const url = await aggregator.ask("url");
  for (let i = 0; i < 4; i++) {
    for (const member of members) await member.ask("grow");
    await delay(REPORT_MILLIS);
    await sumOf(url, "h_count{");
  }
  return aggregator.ask("memory");
}

async function sampleOf(url, name) {
  const found = (await linesOf(url)).find(
    (line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `),
  );
  return found && Number(found.slice(found.lastIndexOf(" ")));
}

async function sumOf(url, start) {
  const lines = (await linesOf(url)).filter((line) => line.startsWith(start));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

async function linesOf(url) {
  const response = await fetch(url, { headers: { accept: "text/plain" } });
  return (await response.text()).split("\n");
}

// Calls `run` with a function that starts a process of the group: number of series, further variables.
async function inGroup(run) {
  const directory = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  const started = [];
  const start = async (series, variables = {}) => {
    const env = { ...environment(directory), ...variables };
    const child = fork(program, [`${series}`], { execArgv: ["--expose-gc", ...register], env });
    started.push(child);
    await once(child, "message");
    const ask = async (message) => {
      child.send(message);
      return (await once(child, "message"))[0].answer;
    };
    await ask("url");
    return { process: child, ask };
  };
  try {
    return await run(start);
  } finally {
    await Promise.all(started.map(ended));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, "exit");
  child.kill("SIGKILL");
  await end;
}

function environment(directory) {
  return {
    ...process.env,
    OTEL_METRICS_EXPORTER: "prometheus",
    OTEL_LOG_LEVEL: "error",
    OTEL_SERVICE_NAME: "bench",
    TACHYMETER_HOST: "false",
    TACHYMETER_RUNTIME: "false",
    TACHYMETER_CARDINALITY_LIMIT: "20000",
    TACHYMETER_GROUP: "auto",
    TACHYMETER_GROUP_DIRECTORY: directory,
  };
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
