// Columns by key. It holds digests of keys: their texts would take 150 bytes each.
import { createHash } from "node:crypto";

// 96 bits are unique.
const DIGEST_WORDS = 3;
const FIRST_SLOTS = 64;
const MAX_TAKEN = 0.7;

/**
 * Finds columns by key: open addressing with linear probing.
 *
 * ```
 * digests  │ 3 words of column 0 │ of column 1 │ …
 * slots    │ column + 1 │ 0 │ column + 1 │ …            0: empty; the home slot is the first word of the digest
 * ```
 */
export class KeyColumns {
  #digests: Uint32Array = new Uint32Array(FIRST_SLOTS * DIGEST_WORDS);
  #slots: Uint32Array = new Uint32Array(FIRST_SLOTS);
  #count = 0;
  // A new key is looked up several times.
  #lastKey = "";
  #lastDigest = digestOf("");

  /** The column of a key, if it has one. */
  find(key: string): number | undefined {
    const digest = this.#digestOf(key);
    const mask = this.#slots.length - 1;
    for (let at = digest[0]! & mask; ; at = (at + 1) & mask) {
      const slot = this.#slots[at]!;
      if (slot === 0) return undefined;
      if (this.#isOf(slot - 1, digest)) return slot - 1;
    }
  }

  /** Adds a missing key. */
  add(key: string, column: number): void {
    this.#count++;
    if (this.#count > this.#slots.length * MAX_TAKEN) this.#double();
    const at = column * DIGEST_WORDS;
    if (at + DIGEST_WORDS > this.#digests.length) {
      const digests = new Uint32Array(at + DIGEST_WORDS + (at >> 2));
      digests.set(this.#digests);
      this.#digests = digests;
    }
    this.#digests.set(this.#digestOf(key), at);
    this.#put(column);
  }

  /** Removes the key of a column that has one. */
  remove(column: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#homeOf(column);
    while (slots[hole] !== column + 1) hole = (hole + 1) & mask;
    // A later column moves into the hole unless it is nearer to its home slot already.
    for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.#homeOf(slots[at]! - 1);
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        slots[hole] = slots[at]!;
        hole = at;
      }
    }
    slots[hole] = 0;
    this.#count--;
  }

  #digestOf(key: string): Uint32Array {
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#lastDigest = digestOf(key);
    }
    return this.#lastDigest;
  }

  #isOf(column: number, digest: Uint32Array): boolean {
    const at = column * DIGEST_WORDS;
    for (let i = 0; i < DIGEST_WORDS; i++) if (this.#digests[at + i] !== digest[i]) return false;
    return true;
  }

  #homeOf(column: number): number {
    return this.#digests[column * DIGEST_WORDS]! & (this.#slots.length - 1);
  }

  #put(column: number): void {
    const mask = this.#slots.length - 1;
    let at = this.#homeOf(column);
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = column + 1;
  }

  #double(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (const slot of old) if (slot !== 0) this.#put(slot - 1);
  }
}

function digestOf(key: string): Uint32Array {
  const bytes = createHash("sha256").update(key).digest();
  return Uint32Array.from({ length: DIGEST_WORDS }, (_, i) => bytes.readUInt32LE(4 * i));
}
