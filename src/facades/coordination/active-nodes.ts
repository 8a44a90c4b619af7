const MAX_NODES = 10_000;

/** Last heartbeat of a node and its expiry, by a monotonic clock. */
interface LastSign {
  heardMillis: number;
  untilMillis: number;
  /** The expiry by the system's clock, for other processes. */
  untilUnixMillis: number;
}

/** A node and its expiry in milliseconds since the epoch; `null` if it stays active until it is removed. */
export type NodeFact = readonly [node: string, untilUnixMillis: number | null];

/**
 * Nodes whose last heartbeat has not expired, and lasting nodes. At most 10,000 of each kind are kept; above that, the
 * node with the oldest heartbeat is dropped.
 */
export class ActiveNodes {
  // In the order of their last heartbeats.
  readonly #passing = new Map<string, LastSign>();
  // Nodes that stay active until they are removed.
  readonly #lasting = new Map<string, LastSign>();
  #lost = 0;

  /** Number of nodes that expired or were lost. */
  get lost(): number {
    this.#removeExpired();
    return this.#lost;
  }

  /** Number of active nodes. Visits each node, and removes the expired ones. */
  get count(): number {
    this.#removeExpired();
    return this.#passing.size + this.#lasting.size;
  }

  /** The active nodes, for other processes. */
  get facts(): readonly NodeFact[] {
    this.#removeExpired();
    return [
      ...[...this.#passing].map(([node, { untilUnixMillis }]): NodeFact => [node, untilUnixMillis]),
      ...[...this.#lasting.keys()].map((node): NodeFact => [node, null]),
    ];
  }

  /** Number of active nodes of this process and of others, each node counted once. */
  countWith(others: Iterable<ActiveNodes>): number {
    const count = this.count;
    const more = new Set<string>();
    for (const other of others) {
      other.#removeExpired();
      for (const nodes of [other.#passing, other.#lasting]) {
        for (const node of nodes.keys()) {
          if (!this.#passing.has(node) && !this.#lasting.has(node)) more.add(node);
        }
      }
    }
    return count + more.size;
  }

  /** Creates the nodes from the facts of another process. */
  static from(facts: readonly NodeFact[]): ActiveNodes {
    const nodes = new ActiveNodes();
    for (const [node, untilUnixMillis] of facts) {
      if (untilUnixMillis === null) nodes.keep(node);
      else nodes.hear(node, (untilUnixMillis - Date.now()) / 1000);
    }
    return nodes;
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

  /** Removes a node, which may be lost. */
  forget(node: string, isLost = false): void {
    const wasPassing = this.#passing.delete(node);
    if ((this.#lasting.delete(node) || wasPassing) && isLost) this.#lost++;
  }

  absorb(other: ActiveNodes): void {
    this.#lost += other.#lost;
    const signs = [...this.#passing, ...this.#lasting, ...other.#passing, ...other.#lasting];
    this.#passing.clear();
    this.#lasting.clear();
    for (const [node, sign] of signs.toSorted(([, a], [, b]) => a.heardMillis - b.heardMillis)) {
      this.#note(node, sign.heardMillis, sign.untilMillis);
    }
  }

  #removeExpired(): void {
    const nowMillis = performance.now();
    for (const [node, { untilMillis }] of this.#passing) {
      if (untilMillis > nowMillis) continue;
      this.#passing.delete(node);
      this.#lost++;
    }
  }

  #note(node: string, heardMillis: number, untilMillis: number): void {
    const lasting = this.#lasting.get(node);
    const untilUnixMillis = Math.round(Date.now() + untilMillis - performance.now());
    const sign = lasting ?? this.#passing.get(node) ?? { heardMillis, untilMillis, untilUnixMillis };
    sign.heardMillis = heardMillis;
    if (lasting === undefined) {
      sign.untilMillis = untilMillis;
      sign.untilUnixMillis = untilUnixMillis;
    }
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
