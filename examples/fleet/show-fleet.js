// One demonstration: the fleet at work, failures in it, and the measurements in its last scrapes.
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import mqtt from "mqtt";
import { Fleet } from "./fleet.js";
import { reportOnScrapes } from "./scrape-report.js";
import { statusLine } from "./status-line.js";
import { Terminal } from "./terminal.js";

const OUTPUT = join(import.meta.dirname, "output");
const WORKERS = ["worker-1", "worker-2", "worker-3"];
const REPLACEMENT = "worker-4";
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
 * Shows the fleet at work on `folder`: one round with `endsItself`, else rounds until Ctrl-C. Returns the exit code.
 */
export async function showFleet(folder, { endsItself }) {
  await rm(OUTPUT, { recursive: true, force: true });
  await mkdir(OUTPUT, { recursive: true });
  const showing = new Showing();
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
  #fleet = new Fleet(OUTPUT, (line) => this.#terminal.say(line));
  #watcher;
  #workBegan;
  #killed;
  #isReplaced = false;
  #isThreadBroken = false;

  get failure() {
    return this.#fleet.failure;
  }

  async run(words) {
    const { broker } = this.#start("coordinator", "coordinator.mjs", ...words);
    const brokerUrl = await broker;
    for (const name of WORKERS) this.#start(name, "worker.mjs", name, brokerUrl);

    this.#watcher = await mqtt.connectAsync(brokerUrl);
    await this.#watcher.subscribeAsync("fleet/progress");
    const round = await this.#firstRound(brokerUrl);
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
  }

  #start(name, script, ...words) {
    const addresses = this.#fleet.start(name, script, ...words);
    void addresses.metrics.then((url) => this.#terminal.say(`${name.padEnd(12)} ${url ?? "-"}`));
    return addresses;
  }

  // The first round also waits until the fleet is complete again.
  #firstRound(brokerUrl) {
    return new Promise((resolve) => {
      this.#watcher.on("message", (_, payload) => {
        const progress = JSON.parse(payload.toString());
        this.#terminal.show(statusLine(progress));
        this.#makeTrouble(progress, brokerUrl);
        if (progress.lastRound && progress.workers.includes(REPLACEMENT)) resolve(progress.lastRound);
      });
    });
  }

  #makeTrouble({ files, leader, lost }, brokerUrl) {
    if (files.total === 0) return;
    this.#workBegan ??= performance.now();
    const secondsAtWork = (performance.now() - this.#workBegan) / 1_000;
    const share = Math.max(files.done / files.total, secondsAtWork / ROUND_SECONDS);
    if (share >= KILL_AT && !this.#killed) {
      this.#killed = leader;
      this.#fleet.kill(leader);
      this.#terminal.say(`kill -9 ${leader}, the leader`);
    }
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

  async #report() {
    const scrapes = await this.#fleet.scrape();
    for (const [name, text] of scrapes) await writeFile(join(OUTPUT, `${name}.prom`), text);
    const output = relative(process.cwd(), OUTPUT);
    this.#terminal.say(`\n${reportOnScrapes(scrapes)}\n`);
    this.#terminal.say(`Prometheus text of these scrapes: ${join(output, "*.prom")}`);
    this.#terminal.say(
      `JSON, written every two seconds, also by the killed ${this.#killed}: ${join(output, "*.json")}`,
    );
  }
}
