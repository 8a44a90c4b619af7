// Which nodes were heard of lately.

const MAX_NODES = 10_000;

/**
 * The nodes whose last sign of life has not timed out, by a monotonic clock, and those that last. Keeps at most 10,000 of
 * each: one more, and the one that was silent the longest goes.
 */
export class ActiveNodes {
  // Until when each node counts. A node moves to the end with each sign of life, so the first was silent the longest.
  readonly #activeUntil = new Map<string, number>();
  // Those whose end will be reported.
  readonly #lasting = new Set<string>();

  /** How many there are now. Costs a look at each, and removes those that timed out. */
  get count(): number {
    const nowMillis = performance.now();
    for (const [node, untilMillis] of this.#activeUntil) {
      if (untilMillis <= nowMillis) this.#activeUntil.delete(node);
    }
    return this.#activeUntil.size + this.#lasting.size;
  }

  /** Takes a node in until it is forgotten, however silent it is. */
  keep(node: string): void {
    this.forget(node);
    if (this.#lasting.size < MAX_NODES) this.#lasting.add(node);
  }

  /** Notes a sign of life, which counts for `timeoutSeconds`. */
  hear(node: string, timeoutSeconds: number): void {
    if (!this.#lasting.has(node)) this.#note(node, performance.now() + timeoutSeconds * 1000);
  }

  /** Takes a node out at once. */
  forget(node: string): void {
    this.#activeUntil.delete(node);
    this.#lasting.delete(node);
  }

  /** Takes in the nodes of `other`. */
  absorb(other: ActiveNodes): void {
    for (const node of other.#lasting) this.keep(node);
    for (const [node, untilMillis] of other.#activeUntil) {
      if (this.#lasting.has(node)) continue;
      this.#note(node, Math.max(untilMillis, this.#activeUntil.get(node) ?? -Infinity));
    }
  }

  #note(node: string, untilMillis: number): void {
    this.#activeUntil.delete(node);
    this.#activeUntil.set(node, untilMillis);
    if (this.#activeUntil.size <= MAX_NODES) return;
    for (const oldest of this.#activeUntil.keys()) {
      this.#activeUntil.delete(oldest);
      return;
    }
  }
}
