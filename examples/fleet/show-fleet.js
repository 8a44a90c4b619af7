// One demonstration: the fleet at work, failures in it, and the measurements in its last scrapes.
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import mqtt from "mqtt";
import { Fleet } from "./fleet.js";
import { comparedWith, freePort, takenOver } from "./group-watch.js";
import { reportOnScrapes } from "./scrape-report.js";
import { statusLine } from "./status-line.js";
import { Terminal } from "./terminal.js";
import { startWebhook } from "./webhook.js";

const OUTPUT = join(import.meta.dirname, "output");
const WORKERS = ["worker-1", "worker-2", "worker-3"];
const REPLACEMENT = "worker-4";
// The coordinator and three workers.
const NODES = 4;
const HEARTBEATS = "fleet/heartbeats";
// Progress of the first round, by files or by time, at which failures are caused or repaired.
const KILL_AT = 0.3;
const REPLACE_AT = 0.5;
const BREAK_THREAD_AT = 0.7;

const ROUND_SECONDS = 20;
const ONE_ROUND = ["--rounds", "1", "--seconds", "12", "--limit", `${ROUND_SECONDS}`];
const ROUNDS_WITHOUT_END = ["--rounds", "Infinity", "--seconds", `${ROUND_SECONDS}`];
const ONE_ROUND_AT_MOST_SECONDS = 55;
const INTERRUPTED = 130;

/**
 * Shows the fleet at work on `folder`: one round with `endsItself`, else rounds until Ctrl-C. With `isGroup`, the fleet is
 * one group with one endpoint; with `hasApi`, on the default port with Prometheus' HTTP API. With `hasAlerts`, the alert of
 * the lost leader arrives at a webhook, and is resolved. Returns the exit code.
 */
export async function showFleet(folder, { endsItself, isGroup, hasApi = false, hasAlerts = false }) {
  await rm(OUTPUT, { recursive: true, force: true });
  await mkdir(OUTPUT, { recursive: true });
  const group = isGroup ? await newGroup(hasApi) : undefined;
  try {
    return await shown(new Showing(group, hasAlerts), folder, endsItself);
  } finally {
    if (group !== undefined) await rm(group.directory, { recursive: true, force: true });
  }
}

async function newGroup(hasApi) {
  // A short path: it has sockets, whose paths are limited.
  const port = hasApi ? 9464 : await freePort();
  return { port, hasApi, directory: await mkdtemp(join(tmpdir(), "fleet-")) };
}

async function shown(showing, folder, endsItself) {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const show = async () => {
    await showing.run([folder, ...(endsItself ? ONE_ROUND : ROUNDS_WITHOUT_END)]);
    if (endsItself) return;
    showing.say("The fleet continues to run, and its endpoints stay up. Ctrl-C ends it.");
    await interrupted;
  };
  const ends = [show(), interrupted, showing.failure];
  if (endsItself) ends.push(failAfter(ONE_ROUND_AT_MOST_SECONDS));
  try {
    await Promise.race(ends);
    return showing.isReported ? 0 : INTERRUPTED;
  } finally {
    await showing.end();
  }
}

async function failAfter(seconds) {
  await pause(seconds * 1_000, undefined, { ref: false });
  throw new Error(`the fleet did not finish within ${seconds} seconds`);
}

class Showing {
  isReported = false;
  #terminal = new Terminal();
  #group;
  #fleet;
  #watcher;
  #takeover;
  #received = 0;
  #workBegan;
  #killed;
  #isReplaced = false;
  #isThreadBroken = false;
  #webhook;
  #awaitsAlerts;
  #isResolved = false;

  constructor(group, hasAlerts) {
    this.#group = group;
    this.#awaitsAlerts = hasAlerts;
    this.#fleet = new Fleet(OUTPUT, (line) => this.#terminal.say(line), group);
  }

  get failure() {
    return this.#fleet.failure;
  }

  async run(words) {
    if (this.#awaitsAlerts) {
      this.#webhook = await startWebhook((alert) => this.#show(alert));
      this.#fleet.webhook = this.#webhook.url;
    }
    const brokerUrl = this.#group === undefined ? await this.#startAll(words) : await this.#startGroup(words);
    this.#watcher = await mqtt.connectAsync(brokerUrl);
    await this.#watcher.subscribeAsync(["fleet/progress", HEARTBEATS]);
    const round = await this.#firstRound(brokerUrl);
    if (this.#group !== undefined) {
      await this.#takeover;
      this.#terminal.say(await comparedWith(this.#scrapeOfGroup, () => this.#received));
    }
    await this.#report();
    if (!round.eachReportedOnce) throw new Error("not every file was reported exactly once");
    this.isReported = true;
  }

  say(line) {
    this.#terminal.say(line);
  }

  async end() {
    this.#terminal.show("");
    await Promise.all([this.#watcher?.endAsync(true), this.#fleet.stop()]);
    this.#webhook?.end();
  }

  async #startAll(words) {
    const { broker } = this.#start("coordinator", "coordinator.mjs", ...words);
    const brokerUrl = await broker;
    for (const name of WORKERS) this.#start(name, "worker.mjs", name, brokerUrl);
    return brokerUrl;
  }

  // The first process serves the metrics of all. It is a worker, since the fleet cannot do without its coordinator.
  async #startGroup(words) {
    const port = await freePort();
    const brokerUrl = `mqtt://127.0.0.1:${port}`;
    const [first, ...others] = WORKERS;
    await this.#start(first, "worker.mjs", first, brokerUrl).metrics;
    await this.#start("coordinator", "coordinator.mjs", ...words, "--port", `${port}`).broker;
    for (const name of others) this.#start(name, "worker.mjs", name, brokerUrl);
    return brokerUrl;
  }

  #start(name, script, ...words) {
    const addresses = this.#fleet.start(name, script, ...words);
    const none = this.#group === undefined ? "-" : "a member of the group";
    void addresses.metrics.then((url) => this.#terminal.say(`${name.padEnd(12)} ${url ?? none}`));
    void addresses.page.then((url) => {
      if (url !== null) this.#terminal.say(`live page    ${url}`);
    });
    return addresses;
  }

  #scrapeOfGroup = async () => (await this.#fleet.scrape()).get("fleet");

  // The first round also waits until the fleet is complete again, and the replacement has heard of all nodes.
  #firstRound(brokerUrl) {
    let known = 0;
    return new Promise((resolve) => {
      this.#watcher.on("message", (topic, payload) => {
        const message = JSON.parse(payload.toString());
        if (topic === HEARTBEATS) {
          if (message.node === REPLACEMENT) known = message.known;
          return;
        }
        this.#received = message.files.done + message.files.late;
        this.#terminal.show(statusLine(message));
        this.#makeTrouble(message, brokerUrl);
        const isComplete =
          known === NODES &&
          message.workers.includes(REPLACEMENT) &&
          (!this.#awaitsAlerts || this.#isResolved);
        if (message.lastRound && isComplete) resolve(message.lastRound);
      });
    });
  }

  #show({ status, labels, annotations }) {
    this.#terminal.say(`webhook: alert ${labels.alertname} ${status}: ${annotations.summary}`);
    if (status === "resolved") this.#isResolved = true;
  }

  #makeTrouble({ files, leader, lost }, brokerUrl) {
    if (files.total === 0) return;
    this.#workBegan ??= performance.now();
    const secondsAtWork = (performance.now() - this.#workBegan) / 1_000;
    const share = Math.max(files.done / files.total, secondsAtWork / ROUND_SECONDS);
    if (share >= KILL_AT && !this.#killed) this.#kill(leader);
    if (share >= REPLACE_AT && lost.includes(this.#killed) && !this.#isReplaced) {
      this.#isReplaced = true;
      this.#start(REPLACEMENT, "worker.mjs", REPLACEMENT, brokerUrl);
    }
    if (share >= BREAK_THREAD_AT && !this.#isThreadBroken && leader !== this.#killed) {
      this.#isThreadBroken = true;
      const job = { id: "nobody's", files: [{ path: join(OUTPUT, "no-such-file"), size: 0 }] };
      this.#watcher.publish(`fleet/jobs/${leader}`, JSON.stringify(job));
      this.#terminal.say(`${leader} is sent a missing file: one of its threads fails and is replaced`);
    }
  }

  #kill(leader) {
    if (this.#group === undefined) {
      this.#killed = leader;
      this.#fleet.kill(leader);
      this.#terminal.say(`kill -9 ${leader}, the leader`);
      return;
    }
    const [serving] = WORKERS;
    this.#killed = serving;
    this.#takeover = takenOver(this.#scrapeOfGroup, () => {
      this.#fleet.kill(serving);
      this.#terminal.say(`kill -9 ${serving}, which serves the metrics of all`);
    }).then((text) => this.#terminal.say(text));
    this.#takeover.catch((error) => this.#fleet.fail(error.message));
  }

  async #report() {
    const scrapes = await this.#fleet.scrape();
    for (const [name, text] of scrapes) await writeFile(join(OUTPUT, `${name}.prom`), text);
    const output = relative(process.cwd(), OUTPUT);
    this.#terminal.say(`\n${reportOnScrapes(scrapes)}\n`);
    this.#terminal.say(`Prometheus text of these scrapes: ${join(output, "*.prom")}`);
    const by = this.#group === undefined ? `also by the killed ${this.#killed}` : "by the serving process";
    this.#terminal.say(`JSON, written every two seconds, ${by}: ${join(output, "*.json")}`);
  }
}
