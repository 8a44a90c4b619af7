// The measurements of the group by name; each runs in its own process.
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { entryFile } from "../build.js";
import { median, mustBe } from "../measure.js";
import { longestFirstHold, longestHold, merging, reporting } from "./merging.js";
import { aggregatorMemory, memberMemory, staleness, takeover } from "./processes.js";

const SERIES = 80_000;
const SCRAPES = 12;
const WARM_UP_SCRAPES = 4;
const LATE_SCRAPES = 20;
const KINDS = ["counters", "explicit histograms", "exponential histograms"];
const RECORDINGS = ["bound add", "add of 3 attributes", "bound record", "creating 10,000 series"];
const programs = join(import.meta.dirname, "programs");
const register = ["--import", pathToFileURL(entryFile("register.js")).href];

/** Measurements by name. Each returns `{ unit, value }` with optional details. */
export const measurements = {
  ...Object.fromEntries(KINDS.map((kind) => [`merge, ${kind}`, () => merging(kind)])),
  ...Object.fromEntries(
    KINDS.flatMap((kind) => [
      [`longest hold, merge, ${kind}`, () => longestHold(kind)],
      [`longest hold, first merge, ${kind}`, () => longestFirstHold(kind)],
    ]),
  ),
  "report, explicit histograms": reporting,
  "memory, member": () => memberMemory({ group: "auto", reporter: "loop" }),
  "memory, member with a helper thread": () => memberMemory({ group: "auto", reporter: "thread" }),
  "memory, alone": () => memberMemory({ group: "false", reporter: "loop" }),
  "memory, aggregator": aggregatorMemory,
  staleness,
  takeover,
  ...Object.fromEntries(
    RECORDINGS.flatMap((name) =>
      ["alone", "thread"].map((place) => [`${name}, ${place}`, () => recording(name, place)]),
    ),
  ),
  "scrape, cluster, tachymeter": () => scraping("tachymeter", "cluster"),
  "scrape, threads, tachymeter": () => scraping("tachymeter", "threads"),
  "scrape, cluster, prom-client": () => scraping("prom-client", "cluster"),
  "start of a thread, tachymeter": () => startingThreads(register),
  "start of a thread, bare": () => startingThreads([]),
};

function recording(name, place) {
  return JSON.parse(node([...register, join(programs, "recording.js"), name, place], place));
}

function startingThreads(flags) {
  const samples = JSON.parse(node([...flags, join(programs, "threads.js")]));
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

function node(nodeArguments, place) {
  return inFolder((directory) => {
    const env = variables(directory, place);
    const { status, stdout, stderr } = spawnSync(process.execPath, nodeArguments, { env, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  });
}

// The median time of some scrapes, from the request to the last byte; all series of all members grow between them.
async function scraping(contender, kind) {
  const directory = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  const flags = contender === "tachymeter" ? register : [];
  const env = { ...variables(directory), OTEL_METRICS_EXPORTER: "prometheus" };
  const service = fork(join(programs, "scraped.js"), [contender, kind], { execArgv: flags, env });
  const scraper = fork(join(import.meta.dirname, "../programs/scraper.js"));
  try {
    const [[{ url }]] = await Promise.all([messageOf(service), messageOf(scraper)]);
    const headers = { "accept-encoding": "identity" };
    const samples = [];
    for (let i = 1; i <= SCRAPES + WARM_UP_SCRAPES; i++) {
      if (i > 1) await asked(service, "grow");
      const scraped = async () => (await asked(scraper, { scrape: { url, headers, times: 1 } }))[0][0];
      let result = await scraped();
      // A member that does not answer in time on a busy machine, or has not joined yet, has its earlier figures.
      for (let late = 0; result.total !== SERIES * i && late < LATE_SCRAPES; late++) result = await scraped();
      mustBe(result.total, SERIES * i);
      if (i > WARM_UP_SCRAPES) samples.push(result.millis);
    }
    return { unit: "ms", value: median(samples), min: Math.min(...samples) };
  } finally {
    if (service.connected) service.send("end");
    await Promise.all([service.exitCode ?? once(service, "exit"), ended(scraper)]);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function ended(child) {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, "exit");
}

function asked(child, message) {
  const answer = messageOf(child);
  child.send(message);
  return answer;
}

async function messageOf(child) {
  const listening = new AbortController();
  const { signal } = listening;
  const ending = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(" ")}: ended with exit code ${code}`);
  });
  try {
    return await Promise.race([once(child, "message", { signal }), ending]);
  } finally {
    listening.abort();
  }
}

function inFolder(run) {
  const directory = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  try {
    return run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

// A group of its own for each measurement, without metrics of the machine and the process.
function variables(directory, place) {
  return {
    ...process.env,
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOG_LEVEL: "error",
    OTEL_SERVICE_NAME: "bench",
    TACHYMETER_HOST: "false",
    TACHYMETER_RUNTIME: "false",
    TACHYMETER_CARDINALITY_LIMIT: "20000",
    TACHYMETER_GROUP: place === "alone" ? "false" : "auto",
    TACHYMETER_GROUP_DIRECTORY: directory,
  };
}
