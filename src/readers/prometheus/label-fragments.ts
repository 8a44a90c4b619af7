/**
 * Labels as bytes, `route="/a",`, one for each of the interner's pairs that was ever shown: few, compared to series.
 *
 *     id        … │ 17                              │ 18 …
 *     entries   … │ stamp │ place │ length │ variant │ …
 *
 * An id may be given to another pair: then its stamp has changed. What does not fit in any more is made anew for each
 * row that needs it.
 */
import type { Interner } from "../../engine/series/interner.ts";
import { escapeLabelValue } from "../../facades/snapshot.ts";
import { isLegacyLabelName } from "../series/escape-name.ts";
import { labelValue } from "../series/labels.ts";
import { Literals } from "./literals.ts";
import type { LabelVariants } from "./label-variants.ts";

const ENTRY = 4;
const MAX_IDS = 1 << 18;
// 8 MiB.
const MAX_WORDS = 1 << 21;
const FEW_WORDS = 1 << 14;

/** The bytes of labels, by the ids of one interner at a time. */
export class LabelFragments {
  readonly literals: Literals = new Literals();
  readonly variants: LabelVariants;
  // Weak: under another provider each collection has an interner of its own, with all its attributes.
  #interner: WeakRef<Interner> | undefined;
  #entries = new Int32Array(ENTRY * 256);
  #wasted = 0;
  #kept = 0;
  /** The fragment that was looked up last. */
  place = 0;
  /** The fragment that was looked up last. */
  length = 0;
  /** The fragment that was looked up last. */
  variant = 0;

  constructor(variants: LabelVariants) {
    this.variants = variants;
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
    this.#entries.fill(0);
    this.literals.cut(0);
    this.#kept = 0;
    this.#wasted = 0;
  }

  /** Begins a row: what was made only for the one before is forgotten. */
  beginRow(): void {
    if (this.literals.used > this.#kept) this.literals.cut(this.#kept);
  }

  /** Looks the fragment of a pair up; then it is in `place`, `length` and `variant`. */
  find(id: number, interner: Interner): void {
    const entries = this.#entries;
    const entry = ENTRY * id;
    if (entry < entries.length && entries[entry] === interner.stampOf(id)) {
      this.place = entries[entry + 1]!;
      this.length = entries[entry + 2]!;
      this.variant = entries[entry + 3]!;
    } else this.#make(id, interner);
  }

  #make(id: number, interner: Interner): void {
    const key = interner.keyOf(id);
    const value = interner.valueOf(id);
    this.variant = this.variants.codeOf(key, value);
    const { place, length } = this.literals.put(
      `${labelText(this.variants.at(this.variant).name, labelValue(value))},`,
    );
    this.place = place;
    this.length = length;
    if (id >= MAX_IDS || this.literals.used > MAX_WORDS) return;
    this.#kept = this.literals.used;
    const entry = ENTRY * id;
    this.#makeRoom(entry);
    const entries = this.#entries;
    if (entries[entry] !== 0) this.#wasted += (entries[entry + 2]! + 3) >>> 2;
    entries[entry] = interner.stampOf(id);
    entries[entry + 1] = place;
    entries[entry + 2] = length;
    entries[entry + 3] = this.variant;
  }

  #makeRoom(entry: number): void {
    if (entry < this.#entries.length) return;
    const grown = new Int32Array(2 * Math.max(this.#entries.length, entry));
    grown.set(this.#entries);
    this.#entries = grown;
  }
}

/** A label as the text formats write it: a name that old ones do not know has quotes. */
export function labelText(name: string, value: string | number | boolean): string {
  return `${quotedName(name)}="${escapeLabelValue(String(value))}"`;
}

function quotedName(name: string): string {
  return isLegacyLabelName(name) ? name : `"${escapeLabelValue(name)}"`;
}
