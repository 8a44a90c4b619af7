/**
 * Attribute pairs as small numbers: equal key and equal value, equal id. One interner serves a whole provider. So
 * readers may cache by id, for all instruments, what they derive from a pair (a label's bytes, a `KeyValue`).
 *
 * Values are typed (`"1"`, `1` and `true` differ), NaN equals NaN, 0 equals -0, and `null` is a value. Arrays
 * and objects are equal by content, in which object keys have no order. They are copied when first seen.
 *
 * Ids start at 1. An id is valid while a row holds it. Afterwards it may be reused for another pair; its stamp
 * then changes.
 */
import type { AttributeValue } from "@opentelemetry/api";
import { grownInt32 } from "../aggregation/grown.ts";
import { detachString } from "../../io/detach-string.ts";
import { contentCopy, contentHash, EMPTY_VALUE, isSameContent } from "./attribute-content.ts";

/** Result of `find` and `intern` for a value that is not an attribute value: a function, a symbol, a bigint. */
export const NO_PAIR = -1;

export class Interner {
  // Primitives by key, then by value. `Map` distinguishes types, and treats all NaNs as equal and -0 as 0. A
  // key with one value maps to its id directly: a map for each of a million keys would take 250 MB.
  readonly #ids = new Map<string, number | Map<unknown, number>>();
  // Arrays and objects by the hash of their content, then by content.
  readonly #contentIds = new Map<number, number[]>();
  readonly #keys: string[] = [""];
  readonly #values: AttributeValue[] = [""];
  // Number of rows that hold the pair. For a free id, the next free id.
  #holds: Int32Array = new Int32Array(64);
  #stamps: Int32Array = new Int32Array(64);
  #firstFree = 0;
  #size = 0;
  #forgotten = 0;

  get size(): number {
    return this.#size;
  }

  /** Number of pairs forgotten so far. While it is unchanged, ids that were found are valid even without a hold. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** All ids are below this, for readers with an array by id. */
  get idLimit(): number {
    return this.#keys.length;
  }

  /**
   * Returns the pair's id, 0 for an unknown pair, or {@link NO_PAIR}. Allocates nothing. Throws for invalid
   * content.
   */
  find(key: string, value: unknown): number {
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
        return this.#findPrimitive(key, value);
      case "object":
        return value === null
          ? this.#findPrimitive(key, value)
          : this.#findContent(key, value, contentHash(value));
      default:
        return NO_PAIR;
    }
  }

  /** Like `find`, but creates a missing id, and holds the id like `retain`. */
  intern(key: string, value: unknown): number {
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
        return this.#internPrimitive(key, value);
      case "object":
        return value === null ? this.#internPrimitive(key, EMPTY_VALUE) : this.#internContent(key, value);
      default:
        return NO_PAIR;
    }
  }

  /** Adds a hold to a held `id`. It keeps its pair until each hold is released. */
  retain(id: number): void {
    this.#holds[id]!++;
  }

  /** Releases one hold of `id`. With the last hold the pair is forgotten, and the id may be reused. */
  release(id: number): void {
    if (--this.#holds[id]! === 0) this.#forget(id);
  }

  keyOf(id: number): string {
    return this.#keys[id] ?? "";
  }

  /** Value of a held pair: a primitive, `null`, or our frozen copy of the first value seen. */
  valueOf(id: number): AttributeValue {
    const value = this.#values[id];
    return value === undefined ? "" : value;
  }

  /** Stamp of an id. It changes whenever `id` is reused for another pair, which invalidates caches by id. */
  stampOf(id: number): number {
    return this.#stamps[id] ?? 0;
  }

  #findPrimitive(key: string, value: unknown): number {
    const ids = this.#ids.get(key);
    if (typeof ids !== "number") return ids?.get(value) ?? 0;
    const known = this.#values[ids];
    return known === value || (Number.isNaN(known) && Number.isNaN(value)) ? ids : 0;
  }

  #internPrimitive(key: string, value: AttributeValue): number {
    const found = this.#findPrimitive(key, value);
    if (found !== 0) {
      this.retain(found);
      return found;
    }
    const own = typeof value === "string" ? detachString(value) : value === 0 ? 0 : value;
    const id = this.#newId(key, own);
    const ids = this.#ids.get(key);
    if (ids === undefined) this.#ids.set(key, id);
    else if (typeof ids !== "number") ids.set(own, id);
    else this.#ids.set(key, new Map([this.#entryOf(ids), this.#entryOf(id)]));
    return id;
  }

  #entryOf(id: number): [value: AttributeValue, id: number] {
    return [this.valueOf(id), id];
  }

  #internContent(key: string, value: object): number {
    // The copy is hashed, because a getter may return another value each time.
    const copy = contentCopy(value);
    const hash = contentHash(Object(copy));
    const found = this.#findContent(key, copy, hash);
    if (found !== 0) {
      this.retain(found);
      return found;
    }
    const id = this.#newId(key, copy);
    const ids = this.#contentIds.get(hash);
    if (ids === undefined) this.#contentIds.set(hash, [id]);
    else ids.push(id);
    return id;
  }

  #findContent(key: string, value: unknown, hash: number): number {
    const ids = this.#contentIds.get(hash);
    if (ids === undefined) return 0;
    for (const id of ids) if (this.#keys[id] === key && isSameContent(this.#values[id], value)) return id;
    return 0;
  }

  #newId(key: string, value: AttributeValue): number {
    let id = this.#firstFree;
    if (id === 0) {
      id = this.#keys.length;
      if (id >= this.#holds.length) {
        this.#holds = grownInt32(this.#holds, id + 1);
        this.#stamps = grownInt32(this.#stamps, id + 1);
      }
    } else {
      this.#firstFree = this.#holds[id]!;
    }
    this.#keys[id] = key;
    this.#values[id] = value;
    this.#holds[id] = 1;
    this.#stamps[id]!++;
    this.#size++;
    return id;
  }

  #forget(id: number): void {
    const key = this.keyOf(id);
    const value = this.valueOf(id);
    if (typeof value === "object" && value !== null) this.#forgetContent(id, contentHash(value));
    else this.#forgetPrimitive(key, value);
    // Releases strings that may be long.
    this.#keys[id] = "";
    this.#values[id] = "";
    this.#holds[id] = this.#firstFree;
    this.#firstFree = id;
    this.#size--;
    this.#forgotten++;
  }

  #forgetPrimitive(key: string, value: AttributeValue): void {
    const ids = this.#ids.get(key);
    if (typeof ids === "object") ids.delete(value);
    if (typeof ids === "number" || ids?.size === 0) this.#ids.delete(key);
  }

  #forgetContent(id: number, hash: number): void {
    const others = (this.#contentIds.get(hash) ?? []).filter((other) => other !== id);
    if (others.length === 0) this.#contentIds.delete(hash);
    else this.#contentIds.set(hash, others);
  }
}
