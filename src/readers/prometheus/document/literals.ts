/**
 * Texts that are written again and again, in words of four bytes: copying words takes a third of the time of bytes.
 *
 *     words   │ http│_req│uest│s{··│ meth│od="│GET"│,···│
 *     place   0               ▲      4
 *                             └ overwritten by the next one of the destination
 */

import type { Label } from "../../../translation/family.ts";

/** Labels as one format writes them, one behind the other, as text or as bytes. */
export type EncodeLabels = (labels: readonly Label[]) => string | Uint8Array;

/** A text among {@link Literals}. */
export interface Literal {
  /** Index of its first word. */
  readonly place: number;
  readonly length: number;
}

// Few, for the same reason as in `LabelFragments`.
const FIRST_WORDS = 16;

/** Texts as bytes of UTF-8. */
export class Literals {
  #bytes: Buffer<ArrayBuffer> = Buffer.alloc(4 * FIRST_WORDS);
  #words = new Int32Array(this.#bytes.buffer);
  #used = 0;

  /** All texts, valid until another is put. */
  get words(): Int32Array {
    return this.#words;
  }

  /** Number of words in use. */
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

  /** Forgets all from `used` on. */
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
