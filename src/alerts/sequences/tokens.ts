// The tokens of a sequence, one at a time.
import { readNumber } from "../../query/syntax/number.ts";
import { readQuotedText } from "../../query/syntax/quoted-text.ts";
import { shownPart, syntaxError } from "../../query/syntax/syntax-error.ts";

/** A token: its class, or the symbol itself. */
interface Token {
  readonly kind: "end" | "word" | "string" | "number" | "duration" | Mark;
  readonly end: number;
  /** Text of a word or a string. */
  readonly text?: string;
  /** Value of a number; of a duration, in seconds. */
  readonly value?: number;
}

type Mark = (typeof MARKS)[number];

const MARKS = ["!=", "=~", "!~", "<=", ">=", "<", ">", "=", "*", "(", ")", "{", "}", ",", "-"] as const;
const SPACE = /\s*/y;
// A type or a field. Dots separate the parts of a path.
const WORD = /[\p{L}_][\p{L}\p{N}_.:/@$-]*/uy;

/** Reads tokens. `token` is the current one. */
export class Tokens {
  readonly #source: string;
  #start = 0;
  #token: Token;

  constructor(source: string) {
    this.#source = source;
    this.#token = this.#read(0);
  }

  get kind(): Token["kind"] {
    return this.#token.kind;
  }

  /** Takes the current token if it is one of these symbols; returns it. */
  accept<const Accepted extends Mark>(...marks: readonly Accepted[]): Accepted | undefined {
    const mark = marks.find((each) => each === this.kind);
    if (mark !== undefined) this.#advance();
    return mark;
  }

  expect(mark: Mark, remedy: string): void {
    if (this.accept(mark) === undefined) throw this.unexpected(`"${mark}"`, remedy);
  }

  /** Takes these words if they are next; returns whether they were. */
  acceptWords(...words: readonly string[]): boolean {
    const start = this.#start;
    for (const word of words) {
      if (this.kind !== "word" || this.#token.text !== word) {
        this.#token = this.#read(start);
        return false;
      }
      this.#advance();
    }
    return true;
  }

  expectWord(word: string, remedy: string): void {
    if (!this.acceptWords(word)) throw this.unexpected(`"${word}"`, remedy);
  }

  /** Takes the current token, which must be of one of these kinds; returns its text. */
  text(kinds: readonly Token["kind"][], expected: string, remedy: string): string {
    const { text } = this.#token;
    if (text === undefined || !kinds.includes(this.kind)) throw this.unexpected(expected, remedy);
    this.#advance();
    return text;
  }

  /** Takes the current token, which must be a number or a duration; returns its value. */
  number(kind: "number" | "duration", expected: string, remedy: string): number {
    const { value } = this.#token;
    if (value === undefined || this.kind !== kind) throw this.unexpected(expected, remedy);
    this.#advance();
    return value;
  }

  /** The error for the current token in place of an expected one. */
  unexpected(expected: string, remedy: string): SequenceError {
    const part = this.#source.slice(this.#start, this.#token.end);
    const shown = this.kind === "end" ? "the end of the text" : shownPart(part);
    return this.#error(`expected ${expected}, got ${shown}`, remedy);
  }

  #error(problem: string, remedy: string, position = this.#start): SequenceError {
    return SequenceError.at(this.#source, position, problem, remedy);
  }

  #advance(): void {
    this.#token = this.#read(this.#token.end);
  }

  #read(from: number): Token {
    const source = this.#source;
    SPACE.lastIndex = from;
    SPACE.test(source);
    const start = SPACE.lastIndex;
    this.#start = start;
    if (start >= source.length) return { kind: "end", end: start };
    WORD.lastIndex = start;
    const [text] = WORD.exec(source) ?? [];
    if (text !== undefined) return { kind: "word", text, end: start + text.length };
    const first = source.charAt(start);
    if (/[\d.]/.test(first)) {
      const { value, isDuration, end } = readNumber(source, start);
      if (value !== undefined) return { kind: isDuration ? "duration" : "number", value, end };
      const problem = `bad number or duration ${shownPart(source.slice(start, end))}`;
      throw this.#error(problem, "write a number such as 1.5, or a duration such as 1h30m");
    }
    if (/["'`]/.test(first)) {
      const read = readQuotedText(source, start);
      if (read.kind === "text") return { kind: "string", text: read.value, end: read.end };
      throw this.#error(read.problem, read.remedy, read.position);
    }
    const mark = MARKS.find((each) => source.startsWith(each, start));
    if (mark !== undefined) return { kind: mark, end: start + mark.length };
    const shown = shownPart(String.fromCodePoint(source.codePointAt(start) ?? 0));
    throw this.#error(`unexpected character ${shown}`, "remove it, or write the name in quotes");
  }
}

/**
 * Thrown for the text of a sequence that cannot be parsed.
 *
 * @example
 * try { parseSequence("a followed b"); } catch (error) { console.error(error.message, error.position); }
 */
export class SequenceError extends Error {
  /** Always `SequenceError`. */
  override readonly name = "SequenceError";
  /** Always `TACHYMETER_SEQUENCE`. */
  readonly code = "TACHYMETER_SEQUENCE";
  /** Offset in the text, in UTF-16 code units from 0; `undefined` if it concerns no single place. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }

  /** @internal The error for a problem at `position` of `source`. `remedy` is the next step, an imperative. */
  static at(source: string, position: number, problem: string, remedy: string): SequenceError {
    return new SequenceError(syntaxError(source, position, problem, remedy).message, position);
  }
}
