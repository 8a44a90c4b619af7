// The tokens of an expression, one at a time.
import type { QueryError } from "../query-error.ts";
import { readNumber } from "./number.ts";
import { readQuotedText } from "./quoted-text.ts";
import { shownPart, syntaxError } from "./syntax-error.ts";

/** Kind of a token: a class, or the symbol itself. A word is a name or a keyword. */
export type TokenKind = "end" | "word" | "number" | "string" | SymbolText;

type SymbolText = (typeof PAIRS)[number] | (typeof OPERATORS)[number] | (typeof MARKS)[number];

const PAIRS = ["==", "!=", "=~", "!~", "<=", ">=", "</", ">/"] as const;
const OPERATORS = ["<", ">", "=", "+", "-", "*", "/", "%", "^"] as const;
const MARKS = ["(", ")", "{", "}", "[", "]", ",", ":", "@"] as const;
const SYMBOLS: ReadonlyMap<string, SymbolText> = new Map(
  [...PAIRS, ...OPERATORS, ...MARKS].map((each) => [each, each]),
);

const SPACE_OR_COMMENT = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const WORD = /[A-Za-z_:][\w:]*/y;
// Within braces and brackets, a colon is not a part of a word.
const WORD_WITHOUT_COLON = /[A-Za-z_]\w*/y;

/** Reads tokens. The fields describe the current token. */
export class Scanner {
  readonly source: string;
  #kind: TokenKind = "end";
  #start = 0;
  #end = 0;
  #previousEnd = 0;
  #text = "";
  #keyword = "";
  #value = 0;
  #isDuration = false;
  #isWithinBraces = false;
  #isWithinBrackets = false;

  #patternSize = 0;

  constructor(source: string) {
    this.source = source;
    this.advance();
  }

  /** Adds the size of a pattern, and returns that of all patterns so far. */
  addPattern(size: number): number {
    return (this.#patternSize += size);
  }

  get kind(): TokenKind {
    return this.#kind;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** End of the token before the current one. */
  get previousEnd(): number {
    return this.#previousEnd;
  }

  /** The word as it was written, or the value of a string. */
  get text(): string {
    return this.#text;
  }

  /** The word in lower case, outside of braces; otherwise empty. Keywords have no case. */
  get keyword(): string {
    return this.#keyword;
  }

  /** Value of a number; of a duration in seconds. */
  get value(): number {
    return this.#value;
  }

  get isDuration(): boolean {
    return this.#isDuration;
  }

  /** Moves to the next token. Throws a `QueryError` if there is no valid one. */
  advance(): void {
    const { source } = this;
    this.#previousEnd = this.#end;
    SPACE_OR_COMMENT.lastIndex = this.#end;
    SPACE_OR_COMMENT.test(source);
    const start = SPACE_OR_COMMENT.lastIndex;
    this.#start = start;
    this.#keyword = "";
    const code = source.charCodeAt(start);
    if (start >= source.length) this.#take("end", 0);
    else if (isLetter(code) || (code === COLON && !this.#isWithinBraces && !this.#isWithinBrackets)) {
      this.#takeWord();
    } else if (isDigit(code) || (code === DOT && isDigit(source.charCodeAt(start + 1)))) this.#takeNumber();
    else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKQUOTE) this.#takeString();
    else this.#takeSymbol();
  }

  /** Whether the current token is of this kind. */
  is(kind: TokenKind): boolean {
    return this.#kind === kind;
  }

  /** Takes the current token if it is of this kind; returns whether it was. */
  accept(kind: TokenKind): boolean {
    if (!this.is(kind)) return false;
    this.advance();
    return true;
  }

  /** Takes the current token, or throws if it is of another kind. */
  expect(kind: TokenKind, expected: string, remedy: string): void {
    if (!this.accept(kind)) throw this.unexpected(expected, remedy);
  }

  /** The error for the current token in place of an expected one. */
  unexpected(expected: string, remedy: string): QueryError {
    return this.error(`expected ${expected}, got ${this.shown()}`, remedy);
  }

  /** An error at `position`, by default at the current token. */
  error(problem: string, remedy: string, position: number = this.#start): QueryError {
    return syntaxError(this.source, position, problem, remedy);
  }

  /** Formats the current token for a message. */
  shown(): string {
    return this.#kind === "end"
      ? "the end of the expression"
      : shownPart(this.source.slice(this.#start, this.#end));
  }

  #take(kind: TokenKind, length: number): void {
    this.#kind = kind;
    this.#end = this.#start + length;
  }

  #takeWord(): void {
    const pattern = this.#isWithinBraces || this.#isWithinBrackets ? WORD_WITHOUT_COLON : WORD;
    pattern.lastIndex = this.#start;
    pattern.test(this.source);
    this.#take("word", pattern.lastIndex - this.#start);
    this.#text = this.source.slice(this.#start, this.#end);
    if (!this.#isWithinBraces) this.#keyword = this.#text.toLowerCase();
  }

  #takeNumber(): void {
    const { value, isDuration, end } = readNumber(this.source, this.#start);
    if (value === undefined) {
      const shown = shownPart(this.source.slice(this.#start, end));
      throw this.error(
        `bad number or duration ${shown}`,
        "write a number such as 1.5 or a duration such as 1h30m, with units from y to ms in this order",
      );
    }
    this.#take("number", end - this.#start);
    this.#value = value;
    this.#isDuration = isDuration;
  }

  #takeString(): void {
    const text = readQuotedText(this.source, this.#start);
    if (text.kind === "problem") throw this.error(text.problem, text.remedy, text.position);
    this.#take("string", text.end - this.#start);
    this.#text = text.value;
  }

  #takeSymbol(): void {
    const { source } = this;
    const start = this.#start;
    const symbol = SYMBOLS.get(source.slice(start, start + 2)) ?? SYMBOLS.get(source.charAt(start));
    if (symbol === undefined) {
      const character = String.fromCodePoint(source.codePointAt(start) ?? 0);
      throw this.error(
        `unexpected character ${shownPart(character)}`,
        "remove it, or write a name that contains it in quotes within braces",
      );
    }
    if (symbol === "{") this.#isWithinBraces = true;
    else if (symbol === "}") this.#isWithinBraces = false;
    else if (symbol === "[") this.#isWithinBrackets = true;
    else if (symbol === "]") this.#isWithinBrackets = false;
    this.#take(symbol, symbol.length);
  }
}

const [COLON, DOT, DOUBLE_QUOTE, SINGLE_QUOTE, BACKQUOTE] = [58, 46, 34, 39, 96];

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
