/**
 * Labels as bytes, in text `route="/a",`, one for each of the interner's pairs that was ever shown: few, compared to series.
 *
 *     id        … │ 17                              │ 18 …
 *     entries   … │ stamp │ place │ length │ variant │ …
 *
 * An id may be given to another pair: then its stamp has changed. What does not fit in any more is made anew for each
 * row that needs it.
 */
import type { Interner } from "../../engine/series/interner.ts";
import { labelValue } from "../series/labels.ts";
import type { EncodeLabels } from "./encode-labels.ts";
import type { LabelVariants } from "./label-variants.ts";
import { type Literal, Literals } from "./literals.ts";

/** Numbers of an entry: the stamp, and what is at these places. */
export const ENTRY = 4;
/** Where an entry has the place of its literal. */
export const PLACE = 1;
/** Where it has its length. */
export const LENGTH = 2;
/** Where it has its variant. */
export const VARIANT = 3;

const MAX_IDS = 1 << 18;
// 8 MiB.
const MAX_WORDS = 1 << 21;
const FEW_WORDS = 1 << 14;

/** A label's bytes among the literals. */
export interface Fragment extends Literal {
  readonly variant: number;
}

/** The bytes of labels, by the ids of one interner at a time. */
export class LabelFragments {
  readonly literals: Literals = new Literals();
  readonly variants: LabelVariants;
  readonly #encode: EncodeLabels;
  // Weak: under another provider each collection has an interner of its own, with all its attributes.
  #interner: WeakRef<Interner> | undefined;
  /**
   * For the loop over all rows: an id's entry begins at `ENTRY * id`, and is good while its stamp is the interner's. Only
   * good until something is made.
   */
  entries: Int32Array = new Int32Array(ENTRY * 256);
  #wasted = 0;
  #kept = 0;

  constructor(variants: LabelVariants, encode: EncodeLabels) {
    this.variants = variants;
    this.#encode = encode;
  }

  /** Whether its fragments are of this interner's pairs. */
  isOf(interner: Interner): boolean {
    return this.#interner?.deref() === interner;
  }

  /** Begins a walk through series of this interner. Nobody else may be walking, unless it is the same interner. */
  begin(interner: Interner): void {
    const isBloated = this.#wasted > FEW_WORDS && 2 * this.#wasted > this.literals.used;
    if (this.isOf(interner) && !isBloated) return;
    this.#interner = new WeakRef(interner);
    this.entries.fill(0);
    this.literals.cut(0);
    this.#kept = 0;
    this.#wasted = 0;
  }

  /** Begins a row: what was made only for the one before is forgotten. */
  beginRow(): void {
    if (this.literals.used > this.#kept) this.literals.cut(this.#kept);
  }

  /** Makes the fragment of a pair whose entry is not good. It is answered, and kept where there is room. */
  make(id: number, interner: Interner): Fragment {
    const key = interner.keyOf(id);
    const value = interner.valueOf(id);
    const variant = this.variants.codeOf(key, value);
    const label = { name: this.variants.at(variant).name, value: labelValue(value) };
    const fragment = { ...this.literals.put(this.#encode([label])), variant };
    if (id < MAX_IDS && this.literals.used <= MAX_WORDS) this.#keep(id, interner.stampOf(id), fragment);
    return fragment;
  }

  #keep(id: number, stamp: number, { place, length, variant }: Fragment): void {
    this.#kept = this.literals.used;
    const entry = ENTRY * id;
    this.#makeRoom(entry);
    const { entries } = this;
    if (entries[entry] !== 0) this.#wasted += (entries[entry + LENGTH]! + 3) >>> 2;
    entries[entry] = stamp;
    entries[entry + PLACE] = place;
    entries[entry + LENGTH] = length;
    entries[entry + VARIANT] = variant;
  }

  #makeRoom(entry: number): void {
    if (entry < this.entries.length) return;
    const grown = new Int32Array(2 * Math.max(this.entries.length, entry));
    grown.set(this.entries);
    this.entries = grown;
  }
}
