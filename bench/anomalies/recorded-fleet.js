// A running demo fleet whose endpoints are scraped each second. Its samples are a source for `correlate`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import mqtt from "mqtt";
import { Scrape } from "../../examples/fleet/scrape.js";

const APPLICATION = join(import.meta.dirname, "../../examples/fleet");
const PRELOADS = ["tachymeter/register", "./telemetry.mjs", join(import.meta.dirname, "fleet-fault.mjs")];
const [SCRAPE_MILLIS, TIMEOUT_MILLIS] = [1_000, 8_000];
const [FILES, LARGE_EACH, CONTENTS] = [12_000, 20, 10];
const WORK_SECONDS = 900;

export const WORKERS = ["worker-1", "worker-2", "worker-3"];

export class RecordedFleet {
  /** Milliseconds that the dependency takes to respond. */
  dependencyMillis = 20;
  /** Name of the leading worker. */
  leader;
  #processes = new Map();
  #series = new Map();
  #scraped = new Set();
  #directory;
  #dependency;
  #brokerUrl;
  #timer;
  #client;

  async start() {
    this.#directory = await mkdtemp(join(tmpdir(), "fleet-bench-"));
    const files = await filesIn(this.#directory);
    this.#dependency = createServer((_, response) => {
      setTimeout(() => response.end("ok"), this.dependencyMillis * (0.8 + 0.4 * Math.random()));
    }).listen(0, "127.0.0.1");
    await once(this.#dependency, "listening");
    const words = [files, "--rounds", "1", "--seconds", `${WORK_SECONDS}`];
    this.#brokerUrl = await this.#fork("coordinator", "coordinator.mjs", words).broker;
    for (const name of WORKERS) this.startWorker(name);
    this.startWorker("neighbour");
    this.#client = await mqtt.connectAsync(this.#brokerUrl);
    this.#client.on("message", (_, payload) => {
      this.leader = JSON.parse(payload.toString()).leader;
    });
    await this.#client.subscribeAsync("fleet/leader");
    this.#timer = setInterval(() => void this.#scrape(), SCRAPE_MILLIS);
  }

  startWorker(name) {
    this.#fork(name, "worker.mjs", [name, this.#brokerUrl]);
  }

  signal(name, signal) {
    const { child } = this.#processes.get(name);
    child.kill(signal);
    if (signal === "SIGKILL") this.#processes.delete(name);
  }

  /** Begins or ends a fault within a process. */
  fault(name, fault, isOn) {
    this.#processes.get(name)?.child.send({ fault, isOn });
  }

  publish(topic, message) {
    this.#client.publish(topic, JSON.stringify(message));
  }

  /** All samples as series. */
  get series() {
    return [...this.#series.values()].map(({ labels, times, values }) => ({
      labels,
      times: Float64Array.from(times),
      values: Float64Array.from(values),
    }));
  }

  async stop() {
    clearInterval(this.#timer);
    await this.#client?.endAsync(true);
    for (const { child } of this.#processes.values()) {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
    }
    this.#dependency.closeAllConnections();
    this.#dependency.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #fork(name, script, words) {
    const inherited = Object.entries(process.env).filter(([key]) => !/^(?:OTEL|TACHYMETER)_/.test(key));
    const child = fork(script, words, {
      cwd: APPLICATION,
      execArgv: PRELOADS.flatMap((each) => ["--import", each]),
      env: {
        ...Object.fromEntries(inherited),
        TACHYMETER_KERNELS: "true",
        OTEL_SERVICE_NAME: `fleet-${name}`,
        OTEL_METRICS_EXPORTER: "prometheus",
        OTEL_EXPORTER_PROMETHEUS_PORT: "0",
        OTEL_LOG_LEVEL: "warn",
        FLEET_DEPENDENCY: `http://127.0.0.1:${this.#dependency.address().port}`,
      },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const entry = { child, url: undefined };
    this.#processes.set(name, entry);
    const broker = new Promise((resolve) => {
      child.on("message", (message) => {
        if ("metrics" in message) entry.url = message.metrics;
        if ("broker" in message) resolve(message.broker);
      });
    });
    return { broker };
  }

  async #scrape() {
    await Promise.all([...this.#processes].map(([name, { url }]) => this.#scrapeOne(name, url)));
  }

  // A process that is stopped or killed has no samples meanwhile. A slow scrape is not overlapped by the next one.
  async #scrapeOne(instance, url) {
    if (url === undefined || this.#scraped.has(url)) return;
    this.#scraped.add(url);
    const text = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLIS) })
      .then((response) => response.text())
      .catch(() => "");
    this.#scraped.delete(url);
    const time = Date.now();
    for (const { name, labels, value } of new Scrape(text).samples) {
      if (name.endsWith("_bucket")) continue;
      const all = { __name__: name, ...labels, job: "fleet", instance };
      const key = JSON.stringify(all);
      const series = this.#series.get(key) ?? { labels: all, times: [], values: [] };
      this.#series.set(key, series);
      series.times.push(time);
      series.values.push(value);
    }
  }
}

// Many links to few files: the same work all the time.
async function filesIn(directory) {
  const [contents, files] = [join(directory, "contents"), join(directory, "files")];
  await Promise.all([mkdir(contents), mkdir(files)]);
  for (let i = 0; i < CONTENTS; i++) await writeFile(join(contents, `${i}`), randomBytes(4_000 + 1_000 * i));
  await writeFile(join(contents, "large"), randomBytes(270_000));
  for (let i = 0; i < FILES; i++) {
    const content = i % LARGE_EACH === 0 ? "large" : `${i % CONTENTS}`;
    await link(join(contents, content), join(files, `${i}`));
  }
  return files;
}

/** Waits for a number of seconds. */
export function seconds(count) {
  return pause(count * 1_000);
}
