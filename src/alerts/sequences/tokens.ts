// The tokens of a sequence, one at a time.
import { readNumber } from "../../query/syntax/number.ts";
import { readQuotedText } from "../../query/syntax/quoted-text.ts";
import { shownPart } from "../../query/syntax/syntax-error.ts";
import { sequenceError, type SequenceError } from "./sequence-error.ts";

/** A token: its class, or the symbol itself. */
export type Token =
  | { readonly kind: "end"; readonly start: number; readonly end: number }
  | { readonly kind: "word" | "string"; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: "number";
      /** Value; in seconds for a duration. */
      readonly value: number;
      readonly isDuration: boolean;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: Mark; readonly start: number; readonly end: number };

type Mark = (typeof PAIRS)[number] | (typeof SINGLES)[number];

const PAIRS = ["!=", "=~", "!~", "<=", ">="] as const;
const SINGLES = ["<", ">", "=", "*", "(", ")", "{", "}", ",", "-"] as const;
const MARKS: ReadonlyMap<string, Mark> = new Map([...PAIRS, ...SINGLES].map((mark) => [mark, mark]));
const SPACE = /\s*/y;
// A type or a field. Dots separate the parts of a path.
const WORD = /[\p{L}_][\p{L}\p{N}_.:/@$-]*/uy;

/** Reads tokens. `token` is the current one. */
export class Tokens {
  readonly source: string;
  token: Token;

  constructor(source: string) {
    this.source = source;
    this.token = this.#read(0);
  }

  advance(): void {
    this.token = this.#read(this.token.end);
  }

  /** Takes the current token if it is this symbol; returns whether it was. */
  accept(mark: Mark): boolean {
    if (this.token.kind !== mark) return false;
    this.advance();
    return true;
  }

  expect(mark: Mark, remedy: string): void {
    if (!this.accept(mark)) throw this.unexpected(`"${mark}"`, remedy);
  }

  /** Takes these words if they are next; returns whether they were. */
  acceptWords(...words: readonly string[]): boolean {
    const start = this.token;
    for (const word of words) {
      if (this.token.kind !== "word" || this.token.text !== word) {
        this.token = start;
        return false;
      }
      this.advance();
    }
    return true;
  }

  expectWord(word: string, remedy: string): void {
    if (!this.acceptWords(word)) throw this.unexpected(`"${word}"`, remedy);
  }

  /** The error for the current token in place of an expected one. */
  unexpected(expected: string, remedy: string): SequenceError {
    const { kind, start, end } = this.token;
    const shown = kind === "end" ? "the end of the text" : shownPart(this.source.slice(start, end));
    return this.error(`expected ${expected}, got ${shown}`, remedy);
  }

  /** An error at `position`, by default at the current token. */
  error(problem: string, remedy: string, position: number = this.token.start): SequenceError {
    return sequenceError(this.source, position, problem, remedy);
  }

  #read(from: number): Token {
    const { source } = this;
    SPACE.lastIndex = from;
    SPACE.test(source);
    const start = SPACE.lastIndex;
    if (start >= source.length) return { kind: "end", start, end: start };
    WORD.lastIndex = start;
    const [word] = WORD.exec(source) ?? [];
    if (word !== undefined) return { kind: "word", text: word, start, end: start + word.length };
    const first = source.charAt(start);
    if (/[\d.]/.test(first)) return this.#number(start);
    if (/["'`]/.test(first)) return this.#string(start);
    const mark = MARKS.get(source.slice(start, start + 2)) ?? MARKS.get(first);
    if (mark !== undefined) return { kind: mark, start, end: start + mark.length };
    const shown = shownPart(String.fromCodePoint(source.codePointAt(start) ?? 0));
    throw this.error(`unexpected character ${shown}`, "remove it, or write the name in quotes", start);
  }

  #number(start: number): Token {
    const { value, isDuration, end } = readNumber(this.source, start);
    if (value !== undefined) return { kind: "number", value, isDuration, start, end };
    const shown = shownPart(this.source.slice(start, end));
    throw this.error(
      `bad number or duration ${shown}`,
      "write a number such as 1.5, or a duration such as 1h30m",
      start,
    );
  }

  #string(start: number): Token {
    const read = readQuotedText(this.source, start);
    if (read.kind === "problem") throw this.error(read.problem, read.remedy, read.position);
    return { kind: "string", text: read.value, start, end: read.end };
  }
}
