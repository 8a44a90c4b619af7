// Starts the processes of the fleet with measurement enabled, keeps their endpoints, and ends them.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PRELOADS = ["--import", "tachymeter/register", "--import", "./telemetry.mjs"];
const WITH_ALERTS = ["--import", "./alerts.js", "--import", "./telemetry.mjs"];
const SCRAPE_MILLIS = 5_000;
const END_MILLIS = 3_000;

export class Fleet {
  /** Rejects if a process ends unexpectedly. */
  failure;
  /** URL for the alerts of the coordinator; `undefined` without alerts. */
  webhook;
  #fail;
  #folder;
  #say;
  #group;
  #processes = new Map();
  #ending = false;

  /**
   * The processes write their JSON files to `folder`; each line that they print is passed to `say`. With `group`, the port
   * of its endpoint and the folder of its state, the processes are one group.
   */
  constructor(folder, say, group) {
    this.#folder = folder;
    this.#group = group;
    this.#say = say;
    this.failure = new Promise((_, reject) => {
      this.#fail = (message) => reject(new Error(message));
    });
    // There may be no listener left when it rejects.
    this.failure.catch(() => {});
  }

  /**
   * Starts a process. Resolves to the addresses that it reports: `metrics`, its endpoint, `page`, its live page, and for
   * the coordinator also `broker`.
   */
  start(name, script, ...words) {
    const hasAlerts = this.webhook !== undefined && name === "coordinator";
    const child = fork(script, words, {
      cwd: import.meta.dirname,
      execArgv: hasAlerts ? WITH_ALERTS : PRELOADS,
      env: this.#environmentOf(name),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on("line", (line) => this.#say(`  ${name}: ${line}`));
    }
    child.once("error", (error) => {
      this.#processes.delete(name);
      this.#fail(`${name}: ${error.message}`);
    });
    // Not "exit": the last lines of output may arrive after it.
    child.once("close", (code, signal) => this.#noteExit(name, code, signal));
    const addresses = {
      metrics: told(child, "metrics"),
      page: told(child, "page"),
      broker: told(child, "broker"),
    };
    void addresses.metrics.then((url) => {
      if (url === null && this.#group === undefined) this.#fail(`${name} has no endpoint to scrape`);
    });
    this.#processes.set(name, { child, ...addresses });
    return addresses;
  }

  /** Rejects `failure` with this message. */
  fail(message) {
    this.#fail(message);
  }

  /** kill -9 */
  kill(name) {
    const { child } = this.#processes.get(name);
    this.#processes.delete(name);
    child.kill("SIGKILL");
  }

  /** Returns the scrape of each running process by its name, or that of the group. */
  async scrape() {
    if (this.#group !== undefined) {
      const url = `http://127.0.0.1:${this.#group.port}/metrics`;
      return new Map([["fleet", await scrapeOf("the group", url)]]);
    }
    const texts = [...this.#processes].map(async ([name, { metrics }]) => [
      name,
      await scrapeOf(name, await metrics),
    ]);
    return new Map(await Promise.all(texts));
  }

  /** Disconnects from all processes, which then end by themselves. Remaining ones are killed after three seconds. */
  async stop() {
    this.#ending = true;
    const children = [...this.#processes.values()].map(({ child }) => child);
    const timer = setTimeout(() => children.forEach((child) => child.kill("SIGKILL")), END_MILLIS);
    await Promise.all(children.map(end));
    clearTimeout(timer);
  }

  #noteExit(name, code, signal) {
    // A killed process was already removed. SIGINT is the user's Ctrl-C, which the whole process group receives.
    if (this.#ending || !this.#processes.delete(name) || signal === "SIGINT") return;
    this.#fail(`${name} ended with ${signal ?? `exit code ${code}`}`);
  }

  #environmentOf(name) {
    const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|TACHYMETER)_/.test(key));
    const file = this.#group === undefined ? `${name}.json` : "fleet.json";
    return {
      ...Object.fromEntries(inherited),
      ...(this.#group !== undefined && {
        TACHYMETER_GROUP: "fleet",
        TACHYMETER_GROUP_DIRECTORY: this.#group.directory,
        TACHYMETER_API: `${this.#group.hasApi}`,
      }),
      // In a group, the process that exports serves it.
      TACHYMETER_PAGE: `${this.#group !== undefined || name === "coordinator"}`,
      ...(this.webhook !== undefined && { FLEET_WEBHOOK: this.webhook }),
      TACHYMETER_KERNELS: "true",
      TACHYMETER_JSON_FILE: join(this.#folder, file),
      OTEL_SERVICE_NAME: this.#group === undefined ? `fleet-${name}` : "fleet",
      OTEL_METRICS_EXPORTER: "prometheus,json",
      OTEL_EXPORTER_PROMETHEUS_PORT: `${this.#group?.port ?? 0}`,
      OTEL_METRIC_EXPORT_INTERVAL: "2000",
      OTEL_LOG_LEVEL: "warn",
    };
  }
}

async function scrapeOf(name, url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_MILLIS) });
  if (!response.ok) throw new Error(`scrape of ${url}: ${name} responded with ${response.status}`);
  return response.text();
}

function told(child, key) {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      if (key in message) resolve(message[key]);
    });
  });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  if (child.connected) child.disconnect();
  await exit;
}
