// Distributes the work to the workers, and reassigns the work of a lost one.
import { channel } from "node:diagnostics_channel";
import { setTimeout as pause } from "node:timers/promises";
import { LockKeeper } from "./lock.mjs";
import { Members } from "./members.mjs";
import { Work } from "./work.mjs";

const JOBS_PER_WORKER = 2;
const TICK_MILLIS = 50;

const jobsDone = channel("fleet:job");

export class Dispatcher {
  work = new Work([]);
  /** The worker that joined first: it takes over the work of lost workers. */
  leader;
  lost = [];
  #bus;
  #members;
  #lock;
  #turn = 0;

  constructor(bus) {
    this.#bus = bus;
    this.#lock = new LockKeeper((node) => bus.send(`fleet/grants/${node}`, {}));
    this.#members = new Members(bus, { joined: () => this.#elect(), lost: (node) => this.#lose(node) });
  }

  get workers() {
    return this.#members.alive.filter((node) => node !== this.#bus.node);
  }

  async start() {
    await this.#bus.on("fleet/locks", ({ node, wanted }) =>
      wanted ? this.#lock.ask(node) : this.#lock.release(node),
    );
    await this.#bus.on("fleet/results", (result) => {
      const job = this.work.report(result);
      if (job) jobsDone.publish({ node: job.node, seconds: (performance.now() - job.startedAt) / 1_000 });
    });
    await this.#members.start();
  }

  stop() {
    this.#members.stop();
  }

  /**
   * Hands out `files` evenly over `seconds`, and resolves when all of them are reported. Files not handed out within
   * `limit` seconds are skipped.
   */
  async run(files, { seconds, limit, signal }) {
    const work = new Work(files);
    this.work = work;
    const start = performance.now();
    let elapsed = 0;
    while (work.outstanding > 0 || (work.handedOut < work.total && elapsed < limit)) {
      await pause(TICK_MILLIS, undefined, { signal });
      elapsed = (performance.now() - start) / 1_000;
      if (elapsed < limit) this.#handOut(work.total * Math.min(1, elapsed / seconds));
    }
  }

  #handOut(due) {
    while (this.work.handedOut < due) {
      const free = this.workers.filter((node) => this.work.jobsOf(node) < JOBS_PER_WORKER);
      if (free.length === 0) return;
      const node = free[this.#turn++ % free.length];
      this.#bus.send(`fleet/jobs/${node}`, this.work.handOut(node));
    }
  }

  #elect() {
    const [oldest] = this.workers;
    if (oldest === this.leader) return;
    this.leader = oldest;
    if (oldest !== undefined) this.#bus.send("fleet/leader", { leader: oldest }, { retain: true });
  }

  #lose(node) {
    this.lost.push(node);
    this.#lock.release(node);
    this.#elect();
    const job = this.work.takeOver(node, this.leader);
    if (this.leader !== undefined) this.#bus.send(`fleet/jobs/${this.leader}`, job);
    console.log(
      `${node} is lost, ${this.leader ?? "no worker"} takes over its ${job.files.length} unfinished files`,
    );
  }
}
