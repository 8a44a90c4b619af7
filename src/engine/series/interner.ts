/**
 * Attribute pairs as small numbers: equal key and equal value, equal id. One interner serves a whole provider, so that
 * readers may keep what they make of a pair (a label's bytes, a `KeyValue`) under its id, once for all instruments.
 *
 * Values are typed (`"1"`, `1` and `true` differ), NaN equals NaN, 0 equals -0, `null` is a value; arrays and objects are equal by
 * content, in which object keys have no order, and are copied when they are first seen.
 *
 * Ids start at 1. An id lives as long as a row holds it; then it may be given to another pair, and its stamp changes.
 */
import type { AttributeValue } from "@opentelemetry/api";
import { grownInt32 } from "../aggregation/grown.ts";
import { contentCopy, contentHash, EMPTY_VALUE, isSameContent, detachString } from "./attribute-content.ts";

/** What `find` and `intern` answer for a value that no attribute can hold: a function, a symbol, a bigint. */
export const NO_PAIR = -1;

export class Interner {
  // Primitives by key, then by value: `Map` tells types apart, and takes NaN for NaN and -0 for 0. A key with one value
  // has its id alone: a map of its own for each of a million keys would take 250 MB.
  readonly #ids = new Map<string, number | Map<unknown, number>>();
  // Arrays and objects by the hash of their content, then by content.
  readonly #contentIds = new Map<number, number[]>();
  readonly #keys: string[] = [""];
  readonly #values: AttributeValue[] = [""];
  // Rows that hold the pair; of an id that nobody holds, the next such id.
  #holds: Int32Array = new Int32Array(64);
  #stamps: Int32Array = new Int32Array(64);
  #firstFree = 0;
  #size = 0;
  #forgotten = 0;

  get size(): number {
    return this.#size;
  }

  /** How many pairs were ever forgotten: while this is the same, ids that were found are good though nobody holds them. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** All ids are below this, for readers that keep something for each. */
  get idLimit(): number {
    return this.#keys.length;
  }

  /** The pair's id, 0 if nobody interned it, or {@link NO_PAIR}. Allocates nothing. Throws for content that is none. */
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

  /** As `find`, but makes an id where there is none yet, and holds it as `retain` does. */
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

  /** Holds a held `id` once more: it keeps its pair until released as often. */
  retain(id: number): void {
    this.#holds[id]!++;
  }

  /** Lets go of a held `id`: with the last hold the pair is forgotten, and the id may be given to another. */
  release(id: number): void {
    if (--this.#holds[id]! === 0) this.#forget(id);
  }

  keyOf(id: number): string {
    return this.#keys[id] ?? "";
  }

  /** The value of a held pair: a primitive, `null`, or our own frozen copy of what was first given. */
  valueOf(id: number): AttributeValue {
    const value = this.#values[id];
    return value === undefined ? "" : value;
  }

  /** A number that changes whenever `id` is given to another pair: a cache by id is good while the stamp is the same. */
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
    // The copy is what is hashed: a getter may tell another tale each time.
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
    // Lets go of what may be long texts.
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
