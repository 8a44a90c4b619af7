/**
 * Bytes that are written again and again, each text at its place: in words of four bytes, since copying them takes a
 * third of the time that copying bytes takes.
 *
 *     words   │ http│_req│uest│s{··│ meth│od="│GET"│,···│
 *     place   0               ▲      4
 *                             └ what the next one of the destination overwrites
 */

/** A text among {@link Literals}. */
export interface Literal {
  /** Index of its first word. */
  readonly place: number;
  readonly length: number;
}

// Few, since V8 throws code away once a field is set again that never was before.
const FIRST_WORDS = 16;

/** Texts as bytes of UTF-8. */
export class Literals {
  #bytes: Buffer<ArrayBuffer> = Buffer.alloc(4 * FIRST_WORDS);
  #words = new Int32Array(this.#bytes.buffer);
  #used = 0;

  /** All texts. Only good until another is put. */
  get words(): Int32Array {
    return this.#words;
  }

  /** How many words are in use. */
  get used(): number {
    return this.#used;
  }

  /** Adds a text, or bytes. */
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
