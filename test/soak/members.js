// The fleet of the demo as one group with everything on.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { freePort } from "../kit/free-port.js";

const FLEET = join(import.meta.dirname, "../../examples/fleet");
const COLLECTING = pathToFileURL(join(import.meta.dirname, "collect-garbage.mjs")).href;
const MEASURING = ["tachymeter/register", "./telemetry.mjs"];
const COORDINATOR = "coordinator";
const WORKERS = ["worker-1", "worker-2", "worker-3"];
const SCRAPE_TRIES = 120;
const START_MILLIS = 120_000;
const END_MILLIS = 20_000;
const GARBAGE_MILLIS = 5_000;

export class Members {
  #settings;
  #running = new Map();
  #brokerUrl = "";
  #next = WORKERS.length + 1;
  #isEnding = false;

  constructor(settings) {
    this.#settings = settings;
  }

  // The first process serves. The coordinator is never killed, since it is the broker.
  async start() {
    const brokerPort = await freePort();
    this.#brokerUrl = `mqtt://127.0.0.1:${brokerPort}`;
    const [first, ...others] = WORKERS;
    this.#fork(first, "worker.mjs", first, this.#brokerUrl);
    if (!this.#settings.isBare) await this.scrape();
    const words = ["--rounds", "Infinity", "--seconds", "40", "--limit", "60", "--port", `${brokerPort}`];
    const coordinator = this.#fork(COORDINATOR, "coordinator.mjs", FLEET, ...words);
    await messageOf(coordinator, "broker");
    for (const name of others) this.#fork(name, "worker.mjs", name, this.#brokerUrl);
  }

  /** Kills the worker that serves with SIGKILL, or any other if the coordinator serves. Returns its name. */
  killServing() {
    const workers = [...this.#running].filter(([name]) => name !== COORDINATOR);
    const [name, { child }] = workers.find(([, { isServing }]) => isServing) ?? workers[0];
    this.#running.delete(name);
    child.kill("SIGKILL");
    return name;
  }

  /** Starts a worker in place of one that was killed, as soon as another process serves. */
  async replace() {
    await this.scrape();
    const name = `worker-${this.#next++}`;
    this.#fork(name, "worker.mjs", name, this.#brokerUrl);
  }

  /** The text of the group's endpoint; waits a moment for a takeover. */
  async scrape() {
    for (let i = 1; ; i++) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.#settings.port}/metrics`);
        if (!response.ok) throw new Error(`the endpoint responded with ${response.status}`);
        return await response.text();
      } catch (error) {
        if (i === SCRAPE_TRIES) throw error;
        await pause(1_000);
      }
    }
  }

  /** Collects the garbage of all. Returns their names, process ids, and the bytes that their main thread keeps. */
  async collectGarbage() {
    for (const { child } of this.#running.values()) if (child.connected) child.send("collect garbage");
    await pause(GARBAGE_MILLIS);
    return Array.from(this.#running, ([name, { child, kept }]) => ({ name, pid: child.pid, kept }));
  }

  async end() {
    this.#isEnding = true;
    await Promise.all(Array.from(this.#running.values(), ({ child }) => ended(child)));
  }

  #fork(name, script, ...words) {
    const { home, group, port, collector, logs, isBare } = this.#settings;
    const preloaded = [...(isBare ? [] : MEASURING), COLLECTING];
    const inherited = Object.entries(process.env).filter(([key]) => !/^(?:OTEL|TACHYMETER)_/.test(key));
    const child = fork(script, words, {
      cwd: FLEET,
      execArgv: ["--expose-gc", ...preloaded.flatMap((each) => ["--import", each])],
      env: {
        ...Object.fromEntries(inherited),
        OTEL_SERVICE_NAME: "fleet",
        OTEL_METRICS_EXPORTER: "prometheus,json,otlp",
        OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector,
        OTEL_METRIC_EXPORT_INTERVAL: "15000",
        OTEL_LOG_LEVEL: "warn",
        TACHYMETER_ALERTS: "true",
        TACHYMETER_ANOMALIES: "true",
        TACHYMETER_API: "true",
        TACHYMETER_EVENT_LOG: join(home, "events.jsonl"),
        TACHYMETER_GROUP: "fleet",
        TACHYMETER_GROUP_DIRECTORY: group,
        TACHYMETER_HISTORY: join(home, "history.db"),
        TACHYMETER_JSON_FILE: join(home, "fleet.json"),
        TACHYMETER_KERNELS: "true",
        TACHYMETER_OUTBOX_DIRECTORY: join(home, "outbox"),
        TACHYMETER_PAGE: "true",
        TACHYMETER_PROFILES: "true",
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const member = { child, isServing: false, kept: NaN };
    for (const output of [child.stdout, child.stderr])
      createInterface({ input: output }).on("line", (line) => logs.add(name, line));
    child.on("message", ({ metrics, kept }) => {
      if (typeof metrics === "string") member.isServing = true;
      if (typeof kept === "number") member.kept = kept;
    });
    child.once("exit", (code, signal) => {
      if (!this.#isEnding && this.#running.delete(name)) logs.add(name, `ended with ${signal ?? code}`);
    });
    this.#running.set(name, member);
    return child;
  }
}

async function messageOf(child, key) {
  const signal = AbortSignal.timeout(START_MILLIS);
  for (;;) {
    const [message] = await once(child, "message", { signal });
    if (key in message) return message[key];
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MILLIS);
  await exit;
  clearTimeout(timer);
}
