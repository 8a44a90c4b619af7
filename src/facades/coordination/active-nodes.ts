const MAX_NODES = 10_000;

/** Last sign of life of a node and its expiry, by a monotonic clock. */
interface LastSign {
  heardMillis: number;
  untilMillis: number;
}

/**
 * Nodes whose last sign of life has not timed out, and lasting ones. At most 10,000 of each; beyond that the node that
 * was silent the longest is dropped.
 */
export class ActiveNodes {
  // In the order of their last signs of life.
  readonly #passing = new Map<string, LastSign>();
  // Nodes whose end will be reported.
  readonly #lasting = new Map<string, LastSign>();

  /** Number of active nodes. Visits each, and removes those that timed out. */
  get count(): number {
    const nowMillis = performance.now();
    for (const [node, { untilMillis }] of this.#passing) {
      if (untilMillis <= nowMillis) this.#passing.delete(node);
    }
    return this.#passing.size + this.#lasting.size;
  }

  /** Adds a node until it is forgotten. */
  keep(node: string): void {
    this.#note(node, performance.now(), Infinity);
  }

  /** Records a sign of life that counts for `timeoutSeconds`. */
  hear(node: string, timeoutSeconds: number): void {
    const nowMillis = performance.now();
    this.#note(node, nowMillis, nowMillis + timeoutSeconds * 1000);
  }

  /** Removes a node. */
  forget(node: string): void {
    this.#passing.delete(node);
    this.#lasting.delete(node);
  }

  absorb(other: ActiveNodes): void {
    const signs = [...this.#passing, ...this.#lasting, ...other.#passing, ...other.#lasting];
    this.#passing.clear();
    this.#lasting.clear();
    for (const [node, sign] of signs.toSorted(([, a], [, b]) => a.heardMillis - b.heardMillis)) {
      this.#note(node, sign.heardMillis, sign.untilMillis);
    }
  }

  #note(node: string, heardMillis: number, untilMillis: number): void {
    const lasting = this.#lasting.get(node);
    const sign = lasting ?? this.#passing.get(node) ?? { heardMillis, untilMillis };
    sign.heardMillis = heardMillis;
    if (lasting === undefined) sign.untilMillis = untilMillis;
    this.forget(node);
    const nodes = sign.untilMillis === Infinity ? this.#lasting : this.#passing;
    nodes.set(node, sign);
    if (nodes.size <= MAX_NODES) return;
    for (const oldest of nodes.keys()) {
      nodes.delete(oldest);
      return;
    }
  }
}
