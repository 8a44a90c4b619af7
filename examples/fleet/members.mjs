// Membership and leadership: every node sends heartbeats, and listens to those of all nodes.
import { channel } from "node:diagnostics_channel";

const HEARTBEAT_MILLIS = 500;
const LOST_AFTER_MILLIS = 2_500;

const heartbeats = channel("fleet:heartbeat");
const nodes = channel("fleet:node");
const leaders = channel("fleet:leader");

export class Members {
  #bus;
  #joined;
  #lost;
  #lastHeard = new Map();
  #timers = [];

  /** `joined` and `lost` are called with the node's name. */
  constructor(bus, { joined = () => {}, lost = () => {} } = {}) {
    this.#bus = bus;
    this.#joined = joined;
    this.#lost = lost;
  }

  /** The live nodes, in the order in which they joined. */
  get alive() {
    return [...this.#lastHeard.keys()];
  }

  async start() {
    await this.#bus.on("fleet/heartbeats", (heartbeat) => this.#hear(heartbeat));
    await this.#bus.on("fleet/leader", ({ leader }) =>
      leaders.publish({ leader, isSelf: leader === this.#bus.node }),
    );
    this.#timers = [setInterval(() => this.#beat(), HEARTBEAT_MILLIS), this.#watch()];
    this.#beat();
  }

  stop() {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #beat() {
    const heartbeat = { node: this.#bus.node, sentAt: Date.now(), known: this.#lastHeard.size };
    this.#bus.send("fleet/heartbeats", heartbeat, { qos: 0 });
  }

  #hear({ node, sentAt }) {
    const isNew = !this.#lastHeard.has(node);
    this.#lastHeard.set(node, performance.now());
    heartbeats.publish({ node, seconds: Math.max(0, Date.now() - sentAt) / 1_000 });
    if (!isNew) return;
    nodes.publish({ node, present: true });
    this.#joined(node);
  }

  #watch() {
    let lastLook = performance.now();
    return setInterval(() => {
      const now = performance.now();
      // If this check is late, the process was blocked, and so was the reading of heartbeats received meanwhile.
      const heldUp = now - lastLook > 2 * HEARTBEAT_MILLIS;
      lastLook = now;
      if (!heldUp) this.#dropSilent(now);
    }, HEARTBEAT_MILLIS);
  }

  #dropSilent(now) {
    for (const [node, heard] of this.#lastHeard) {
      if (now - heard < LOST_AFTER_MILLIS) continue;
      this.#lastHeard.delete(node);
      nodes.publish({ node, present: false });
      this.#lost(node);
    }
  }
}
