/**
 * Frequently written texts, stored in words of four bytes: copying words takes a third of the time of copying bytes.
 *
 * ```
 * words   │ http│_req│uest│s{··│ meth│od="│GET"│,···│
 * place   0               ▲      4
 *                         └ overwritten by the next text at the destination
 * ```
 */

import type { Label } from "../../../translation/family.ts";
import type { LabelNames } from "../../../translation/escape-name.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import { labelValue } from "../../../translation/label-value.ts";

/** Encodes labels one after the other, as text or as bytes, for one format. */
export type EncodeLabels = (labels: readonly Label[]) => string | Uint8Array;

/** Position of a text in {@link Literals}. */
export interface Literal {
  readonly place: number;
  readonly length: number;
}

// Small, for the same reason as in `LabelFragments`.
const FIRST_WORDS = 16;

export class Literals {
  #bytes: Buffer<ArrayBuffer> = Buffer.alloc(4 * FIRST_WORDS);
  #words = new Int32Array(this.#bytes.buffer);
  #used = 0;

  /** All texts; valid until the next `put`. */
  get words(): Int32Array {
    return this.#words;
  }

  get used(): number {
    return this.#used;
  }

  put(content: string | Uint8Array): Literal {
    const place = this.#used;
    const length = Buffer.byteLength(content);
    const words = (length + 3) >>> 2;
    if (place + words > this.#words.length) this.#grow(place + words);
    if (typeof content === "string") this.#bytes.write(content, 4 * place);
    else this.#bytes.set(content, 4 * place);
    this.#used = place + words;
    return { place, length };
  }

  /** Removes all texts from `used` on. */
  cut(used: number): void {
    this.#used = used;
  }

  #grow(words: number): void {
    const grown = Buffer.alloc(4 * Math.max(2 * this.#words.length, words));
    this.#bytes.copy(grown);
    this.#bytes = grown;
    this.#words = new Int32Array(grown.buffer);
  }
}

const MAX_LENGTH = 32 * 1024;

/** Labels of one name, made from one attribute key and values of one type. */
export interface LabelVariant {
  readonly name: string;
  /** Whether the value is empty, which Prometheus treats as an absent label. */
  readonly isEmpty: boolean;
  /** Whether two values may have the same text, or the text is too long to check. */
  readonly isAmbiguous: boolean;
}

/** Assigns a small number to each variant. Two attributes of one variant have the same label only if they are equal. */
export class LabelVariants {
  readonly names: LabelNames;
  readonly #codes = new Map<string, number>();
  readonly #variants: LabelVariant[] = [];

  constructor(names: LabelNames) {
    this.names = names;
  }

  get size(): number {
    return this.#variants.length;
  }

  at(code: number): LabelVariant {
    return this.#variants[code]!;
  }

  codeOf(key: string, value: unknown): number {
    const isEmpty = value === "" || value === null;
    const type = typeof value;
    const isAmbiguous =
      (type === "object" && value !== null) ||
      (typeof value === "string" && (value.length > MAX_LENGTH || !value.isWellFormed()));
    const identity = `${isEmpty} ${isAmbiguous} ${type} ${key}`;
    let code = this.#codes.get(identity);
    if (code === undefined) {
      code = this.#variants.length;
      this.#codes.set(identity, code);
      this.#variants.push({ name: this.names.nameOf(key), isEmpty, isAmbiguous });
    }
    return code;
  }
}

// Length of an entry: the stamp, then the numbers at these offsets.
const ENTRY = 4;
const PLACE = 1;
const LENGTH = 2;
const VARIANT = 3;
const MAX_IDS = 1 << 18;
// 8 MiB.
const MAX_WORDS = 1 << 21;
const FEW_WORDS = 1 << 14;

/**
 * Cache of encoded labels, such as `route="/a",`, for each pair of the interner; there are far fewer pairs than series.
 *
 * ```
 * id        … │ 17                              │ 18 …
 * entries   … │ stamp │ place │ length │ variant │ …
 * ```
 *
 * If an id is reused for another pair, its stamp changes. Fragments that do not fit are encoded again for each row.
 */
export class LabelFragments {
  readonly literals: Literals = new Literals();
  /** Place, length and variant of each label from the last call of `gather`. */
  places: Int32Array = new Int32Array(16);
  lengths: Int32Array = new Int32Array(16);
  variants: Int32Array = new Int32Array(16);
  readonly #variants: LabelVariants;
  readonly #encode: EncodeLabels;
  // Weak: another provider creates an interner, with all its attributes, for each collection.
  #interner: WeakRef<Interner> | undefined;
  // Small at first: V8 discards optimized code that has never seen the field replaced, once it is (bench: "the first
  // scrape of a process").
  #entries = new Int32Array(ENTRY);
  #wasted = 0;
  #kept = 0;

  constructor(variants: LabelVariants, encode: EncodeLabels) {
    this.#variants = variants;
    this.#encode = encode;
  }

  /** Whether the fragments belong to this interner. */
  isOf(interner: Interner): boolean {
    return this.#interner?.deref() === interner;
  }

  /** Begins a walk through series of this interner. No walk of another interner may be running. */
  begin(interner: Interner): void {
    const isBloated = this.#wasted > FEW_WORDS && 2 * this.#wasted > this.literals.used;
    if (this.isOf(interner) && !isBloated) return;
    this.#interner = new WeakRef(interner);
    this.#entries.fill(0);
    this.literals.cut(0);
    this.#kept = 0;
    this.#wasted = 0;
  }

  /** Gathers the labels of the first `count` pairs. Returns their size in bytes. */
  gather(ids: Int32Array, count: number, interner: Interner): number {
    if (count > this.places.length) this.#makeRoomForLabels(count);
    const { places, lengths, variants } = this;
    let entries = this.#entries;
    let size = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const entry = ENTRY * id;
      if (entry < entries.length && entries[entry] === interner.stampOf(id)) {
        places[i] = entries[entry + PLACE]!;
        lengths[i] = entries[entry + LENGTH]!;
        variants[i] = entries[entry + VARIANT]!;
      } else {
        this.#make(id, interner, i);
        entries = this.#entries;
      }
      size += lengths[i]!;
    }
    return size;
  }

  // Encodes a pair without a valid entry, and caches it if there is room.
  #make(id: number, interner: Interner, i: number): void {
    const key = interner.keyOf(id);
    const value = interner.valueOf(id);
    const variant = this.#variants.codeOf(key, value);
    const { name, isAmbiguous } = this.#variants.at(variant);
    // Rows with ambiguous labels are not written from fragments, and the value may be long.
    const text = isAmbiguous ? "" : this.#encode([{ name, value: labelValue(value) }]);
    const literal = this.literals.put(text);
    this.places[i] = literal.place;
    this.lengths[i] = literal.length;
    this.variants[i] = variant;
    if (id < MAX_IDS && this.literals.used <= MAX_WORDS)
      this.#keep(id, interner.stampOf(id), literal, variant);
  }

  /** Removes fragments that were encoded for this row alone. */
  endRow(): void {
    if (this.literals.used > this.#kept) this.literals.cut(this.#kept);
  }

  #keep(id: number, stamp: number, { place, length }: Literal, variant: number): void {
    this.#kept = this.literals.used;
    const entry = ENTRY * id;
    this.#makeRoom(entry);
    const entries = this.#entries;
    if (entries[entry] !== 0) this.#wasted += (entries[entry + LENGTH]! + 3) >>> 2;
    entries[entry] = stamp;
    entries[entry + PLACE] = place;
    entries[entry + LENGTH] = length;
    entries[entry + VARIANT] = variant;
  }

  #makeRoom(entry: number): void {
    if (entry < this.#entries.length) return;
    const grown = new Int32Array(2 * Math.max(this.#entries.length, entry));
    grown.set(this.#entries);
    this.#entries = grown;
  }

  #makeRoomForLabels(count: number): void {
    this.places = new Int32Array(2 * count);
    this.lengths = new Int32Array(2 * count);
    this.variants = new Int32Array(2 * count);
  }
}
