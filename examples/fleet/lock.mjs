// The fleet's only lock, so that one large file at a time is in memory. The coordinator manages it, the workers hold
// it.
import { channel } from "node:diagnostics_channel";

const ASK_AGAIN_MILLIS = 2_000;

const locks = channel("fleet:lock");

/** The coordinator's side: the first in the queue holds the lock. */
export class LockKeeper {
  #queue = [];
  #grant;

  constructor(grant) {
    this.#grant = grant;
  }

  ask(node) {
    if (!this.#queue.includes(node)) this.#queue.push(node);
    if (this.#queue[0] === node) this.#grant(node);
  }

  /** Also called for a lost node, whether it held the lock or waited for it. */
  release(node) {
    const held = this.#queue[0] === node;
    this.#queue = this.#queue.filter((waiting) => waiting !== node);
    if (held && this.#queue.length > 0) this.#grant(this.#queue[0]);
  }
}

/** A worker's side. */
export class Lock {
  #bus;
  #name;
  #granted = () => {};
  #tail = Promise.resolve();

  constructor(bus, name) {
    this.#bus = bus;
    this.#name = name;
  }

  async open() {
    await this.#bus.on(`fleet/grants/${this.#bus.node}`, () => this.#granted());
  }

  /** Runs `work` while this node, and only this call within it, holds the lock. */
  hold(work) {
    const turn = this.#tail.then(() => this.#holdNow(work));
    this.#tail = turn.catch(() => {});
    return turn;
  }

  async #holdNow(work) {
    const asked = performance.now();
    await this.#ask();
    const acquired = performance.now();
    locks.publish({ name: this.#name, waited: (acquired - asked) / 1_000 });
    try {
      return await work();
    } finally {
      this.#bus.send("fleet/locks", { node: this.#bus.node, wanted: false });
      locks.publish({ name: this.#name, held: (performance.now() - acquired) / 1_000 });
    }
  }

  async #ask() {
    const ask = () => this.#bus.send("fleet/locks", { node: this.#bus.node, wanted: true });
    const { promise, resolve } = withResolvers();
    this.#granted = resolve;
    ask();
    // The coordinator forgets a node that it considers lost, so that a waiting node asks again. The timer does not
    // keep the process alive.
    const timer = setInterval(ask, ASK_AGAIN_MILLIS).unref();
    await promise;
    clearInterval(timer);
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
