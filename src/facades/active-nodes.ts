// Which nodes were heard of lately.

const MAX_NODES = 10_000;

/**
 * The nodes that gave a sign of life within the last `timeoutSeconds`, by a monotonic clock, and those that last. Keeps at
 * most 10,000 of each: one more, and the one that was silent the longest goes.
 */
export class ActiveNodes {
  readonly #timeoutMillis: number;
  // When each node was last heard of. A node moves to the end with each sign of life, so the first is the oldest.
  readonly #heardOf = new Map<string, number>();
  // Those of whose end somebody will tell.
  readonly #lasting = new Set<string>();

  constructor(timeoutSeconds: number) {
    this.#timeoutMillis = timeoutSeconds * 1000;
  }

  /** How many there are now. Costs the removal of those that went silent since it was last asked. */
  get count(): number {
    const oldestAlive = performance.now() - this.#timeoutMillis;
    for (const [node, heardOfMillis] of this.#heardOf) {
      if (heardOfMillis > oldestAlive) break;
      this.#heardOf.delete(node);
    }
    return this.#heardOf.size + this.#lasting.size;
  }

  /** Takes a node in until it is forgotten, however silent it is. */
  keep(node: string): void {
    this.forget(node);
    if (this.#lasting.size < MAX_NODES) this.#lasting.add(node);
  }

  /** Notes a sign of life. */
  hear(node: string): void {
    if (this.#lasting.has(node)) return;
    this.#heardOf.delete(node);
    this.#heardOf.set(node, performance.now());
    if (this.#heardOf.size <= MAX_NODES) return;
    for (const oldest of this.#heardOf.keys()) {
      this.#heardOf.delete(oldest);
      return;
    }
  }

  /** Takes a node out at once. */
  forget(node: string): void {
    this.#heardOf.delete(node);
    this.#lasting.delete(node);
  }
}
