const SWEEP_SIZE = 1_000;

/** Objects of the application, referenced weakly: dropped ones are left out. Iterate it at collections. */
export class LiveObjects<Live extends object> {
  readonly #references = new Set<WeakRef<Live>>();
  readonly #known = new WeakMap<Live, WeakRef<Live>>();
  readonly #max: number;
  // Dropped objects are also removed at this size, since there may be no collections.
  #sweepAt = SWEEP_SIZE;

  constructor(max: number = Infinity) {
    this.#max = max;
  }

  /** Adds an object. Does nothing if it was added before, or if `max` others are alive. */
  add(object: Live): void {
    if (this.#known.has(object)) return;
    const reference = new WeakRef(object);
    this.#known.set(object, reference);
    if (this.#references.size >= Math.min(this.#max, this.#sweepAt)) {
      for (const _ of this);
      this.#sweepAt = Math.max(SWEEP_SIZE, 2 * this.#references.size);
    }
    if (this.#references.size < this.#max) this.#references.add(reference);
  }

  delete(object: Live): void {
    const reference = this.#known.get(object);
    if (reference === undefined) return;
    this.#known.delete(object);
    this.#references.delete(reference);
  }

  *[Symbol.iterator](): Generator<Live, void> {
    for (const reference of this.#references) {
      const live = reference.deref();
      if (live === undefined) this.#references.delete(reference);
      else yield live;
    }
  }
}
