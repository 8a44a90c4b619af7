import { LiveObjects } from "./live-objects.ts";

/** Values of the application's objects, both referenced weakly: a value is kept as long as its object. */
export class LiveValues<Live extends object, Value> {
  readonly #live = new LiveObjects<Live>();
  readonly #values = new WeakMap<Live, { readonly value: Value }>();

  set(object: Live, value: Value): void {
    this.#live.add(object);
    this.#values.set(object, { value });
  }

  has(object: Live): boolean {
    return this.#values.has(object);
  }

  delete(object: Live): void {
    this.#live.delete(object);
    this.#values.delete(object);
  }

  /** Removes and returns the values of all objects that are alive. */
  take(): readonly (readonly [Live, Value])[] {
    const all = [...this];
    for (const [object] of all) this.delete(object);
    return all;
  }

  *[Symbol.iterator](): Generator<readonly [Live, Value], void> {
    for (const object of this.#live) {
      const kept = this.#values.get(object);
      if (kept !== undefined) yield [object, kept.value];
    }
  }
}
