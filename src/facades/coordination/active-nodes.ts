const MAX_NODES = 10_000;

/** Last heartbeat of a node and its expiry, by a monotonic clock. */
interface LastSign {
  heardMillis: number;
  untilMillis: number;
}

/**
 * Nodes whose last heartbeat has not expired, and lasting nodes. At most 10,000 of each kind are kept; above that, the
 * node with the oldest heartbeat is dropped.
 */
export class ActiveNodes {
  // In the order of their last heartbeats.
  readonly #passing = new Map<string, LastSign>();
  // Nodes that stay active until they are removed.
  readonly #lasting = new Map<string, LastSign>();

  /** Number of active nodes. Visits each node, and removes the expired ones. */
  get count(): number {
    const nowMillis = performance.now();
    for (const [node, { untilMillis }] of this.#passing) {
      if (untilMillis <= nowMillis) this.#passing.delete(node);
    }
    return this.#passing.size + this.#lasting.size;
  }

  /** Adds a node that stays active until it is removed. */
  keep(node: string): void {
    this.#note(node, performance.now(), Infinity);
  }

  /** Records a heartbeat of a node, which is active for the next `timeoutSeconds`. */
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
