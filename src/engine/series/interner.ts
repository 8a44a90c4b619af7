/**
 * Attribute pairs as small numbers: equal key and equal value, equal id. One interner serves a whole provider, so that
 * readers may keep what they make of a pair (a label's bytes, a `KeyValue`) under its id, once for all instruments.
 *
 * Values are typed (`"1"`, `1` and `true` differ), NaN equals NaN, 0 equals -0; arrays and objects are equal by
 * content, in which object keys have no order, and are copied when they are first seen.
 *
 * Ids start at 1. An id lives as long as a row holds it; then it may be given to another pair, and its stamp changes.
 */
import type { AttributeValue } from "@opentelemetry/api";

/** What `find` and `intern` answer for a value that no attribute can hold: a function, a symbol, a bigint, a cycle. */
export const NO_PAIR = -1;

/** Pairs of an attribute's key and typed value, each under one id. */
export class Interner {
  readonly #ids = new Map<string, Map<unknown, number>>();
  readonly #keys: string[] = [""];
  readonly #values: AttributeValue[] = [""];

  /** Number of ids given out and not given back. */
  get size(): number {
    return this.#keys.length - 1;
  }

  /** All ids are below this, for readers that keep something for each. */
  get idLimit(): number {
    return this.#keys.length;
  }

  /** The pair's id, 0 where nobody has interned it, or {@link NO_PAIR}. Allocates nothing. */
  find(key: string, value: unknown): number {
    return this.#ids.get(key)?.get(value) ?? 0;
  }

  /** The pair's id, a new one where there is none yet, or {@link NO_PAIR}. A new pair is held by nobody: retain it. */
  intern(key: string, value: AttributeValue): number {
    const found = this.find(key, value);
    if (found !== 0) return found;
    let values = this.#ids.get(key);
    if (values === undefined) this.#ids.set(key, (values = new Map()));
    const id = this.#keys.push(key) - 1;
    this.#values.push(value);
    values.set(value, id);
    return id;
  }

  /** Holds `id`: it keeps its pair until released as often. */
  retain(_id: number): void {}

  /** Lets go of `id`: with the last hold the pair is forgotten, and the id may be given to another. */
  release(_id: number): void {}

  /** The key of a held pair. */
  keyOf(id: number): string {
    return this.#keys[id] ?? "";
  }

  /** The value of a held pair: a primitive, or our own frozen copy of what was first given. */
  valueOf(id: number): AttributeValue {
    return this.#values[id] ?? "";
  }

  /** A number that changes whenever `id` is given to another pair: a cache by id is good while the stamp is the same. */
  stampOf(_id: number): number {
    return 1;
  }
}
