// Which nodes were heard of lately.

const MAX_NODES = 10_000;

/** The last sign of life of a node, and until when the node counts, by a monotonic clock. */
interface LastSign {
  heardMillis: number;
  untilMillis: number;
}

/**
 * The nodes whose last sign of life has not timed out, by a monotonic clock, and those that last. Keeps at most 10,000 of
 * each: one more, and the one that was silent the longest goes.
 */
export class ActiveNodes {
  // A node moves to the end with each sign of life, so the first of each was silent the longest.
  readonly #passing = new Map<string, LastSign>();
  // Those whose end will be reported.
  readonly #lasting = new Map<string, LastSign>();

  /** How many there are now. Costs a look at each, and removes those that timed out. */
  get count(): number {
    const nowMillis = performance.now();
    for (const [node, { untilMillis }] of this.#passing) {
      if (untilMillis <= nowMillis) this.#passing.delete(node);
    }
    return this.#passing.size + this.#lasting.size;
  }

  /** Takes a node in until it is forgotten, however silent it is. */
  keep(node: string): void {
    this.#note(node, performance.now(), Infinity);
  }

  /** Notes a sign of life, which counts for `timeoutSeconds`. */
  hear(node: string, timeoutSeconds: number): void {
    const nowMillis = performance.now();
    this.#note(node, nowMillis, nowMillis + timeoutSeconds * 1000);
  }

  /** Takes a node out at once. */
  forget(node: string): void {
    this.#passing.delete(node);
    this.#lasting.delete(node);
  }

  /** Takes in the nodes of `other`. */
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
