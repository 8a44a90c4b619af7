// Tokens of templates: texts, and the parts of actions between `{{` and `}}`.
import { readQuotedText } from "../../query/syntax/quoted-text.ts";
import { TemplateError } from "./template-error.ts";

/** A token. `start` and `end` are its place in the template. */
export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "open" | "close" | "space" }
  | { readonly kind: "word" | "field" | "variable" | "symbol"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number | bigint }
);

/** Divides a template into tokens. Throws a {@link TemplateError} at text that is not one. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    const textEnd = open < 0 ? source.length : open;
    const trimsBefore = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    const text = source.slice(at, textEnd);
    const kept = trimsBefore ? text.trimEnd() : text;
    if (kept !== "") tokens.push({ kind: "text", text: kept, start: at, end: textEnd });
    if (open < 0) break;
    at = open + (trimsBefore ? 3 : 2);
    at = source.startsWith("/*", skipSpace(source, at))
      ? afterComment(source, at)
      : action(source, at, open, tokens);
    if (/^\s-\}\}$/.test(source.slice(at - 4, at))) at = skipSpace(source, at);
  }
  return tokens;
}

const COMMENT_END = /\*\/(?: -)?\}\}|\*\/\s-\}\}/g;

function afterComment(source: string, start: number): number {
  COMMENT_END.lastIndex = start;
  if (COMMENT_END.exec(source) === null) throw new TemplateError("unclosed comment");
  return COMMENT_END.lastIndex;
}

const SPACE = /\s+/y;
const CLOSE = /(?:\s-)?\}\}/y;
const FIELD = /\.[\p{L}_][\p{L}\p{Nd}_]*/uy;
const VARIABLE = /\$(?:[\p{L}_][\p{L}\p{Nd}_]*)?/uy;
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y;
const SYMBOL = /:=|[=|(),.]/y;
const CHARACTER = /'(?:[^'\\\n]|\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.))'/uy;

function action(source: string, start: number, open: number, tokens: Token[]): number {
  tokens.push({ kind: "open", start: open, end: start });
  let at = start;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  for (;;) {
    const close = take(CLOSE);
    if (close !== undefined) {
      tokens.push({ kind: "close", start: at, end: at + close.length });
      return at + close.length;
    }
    if (at >= source.length) throw new TemplateError("unclosed action");
    const quote = source.charAt(at);
    if (quote === '"' || quote === "`") {
      const quoted = readQuotedText(source, at);
      if (quoted.kind === "problem")
        throw new TemplateError(
          quote === "`" ? "unterminated raw quoted string" : "unterminated quoted string",
        );
      tokens.push({ kind: "string", value: quoted.value, start: at, end: quoted.end });
      at = quoted.end;
      continue;
    }
    const character = take(CHARACTER);
    if (character !== undefined) {
      const end = at + character.length;
      const quoted = readQuotedText(character, 0);
      const value = quoted.kind === "text" ? (quoted.value.codePointAt(0) ?? 0) : 0;
      tokens.push({ kind: "number", value: BigInt(value), start: at, end });
      at = end;
      continue;
    }
    const end = simpleToken(take, at, tokens);
    if (end === undefined) throw new TemplateError(`unexpected ${JSON.stringify(quote)} in action`);
    at = end;
  }
}

function simpleToken(
  take: (pattern: RegExp) => string | undefined,
  at: number,
  tokens: Token[],
): number | undefined {
  const space = take(SPACE);
  if (space !== undefined) {
    tokens.push({ kind: "space", start: at, end: at + space.length });
    return at + space.length;
  }
  for (const [kind, pattern] of [
    ["field", FIELD],
    ["variable", VARIABLE],
    ["word", WORD],
  ] as const) {
    const text = take(pattern);
    if (text === undefined) continue;
    tokens.push({ kind, text, start: at, end: at + text.length });
    return at + text.length;
  }
  const digits = take(NUMBER);
  if (digits !== undefined) {
    tokens.push({ kind: "number", value: numberFrom(digits), start: at, end: at + digits.length });
    return at + digits.length;
  }
  const symbol = take(SYMBOL);
  if (symbol === undefined) return undefined;
  tokens.push({ kind: "symbol", text: symbol, start: at, end: at + symbol.length });
  return at + symbol.length;
}

// Whole numbers are integers in Go, all others floats.
function numberFrom(text: string): number | bigint {
  const digits = text.replaceAll("_", "");
  const sign = digits.startsWith("-") ? -1n : 1n;
  const magnitude = digits.replace(/^[+-]/, "");
  if (/^0[xXbBoO]/.test(magnitude)) return sign * BigInt(magnitude.toLowerCase());
  if (/^0[0-7]+$/.test(magnitude)) return sign * BigInt(`0o${magnitude.slice(1)}`);
  if (/^\d{1,18}$/.test(magnitude)) return sign * BigInt(magnitude);
  const value = Number(digits);
  if (Number.isNaN(value)) throw new TemplateError(`bad number syntax: ${JSON.stringify(text)}`);
  return value;
}

function skipSpace(source: string, start: number): number {
  SPACE.lastIndex = start;
  return SPACE.test(source) ? SPACE.lastIndex : start;
}

/** Text of a part and its offset, for errors. */
export interface SourceSpan {
  readonly start: number;
  readonly text: string;
}

/** The tokens of a template, read one after the other. */
export class TokenCursor {
  readonly source: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string) {
    this.source = source;
    this.#tokens = tokensOf(source);
  }

  get hasMore(): boolean {
    return this.#at < this.#tokens.length;
  }

  /** The next token, which is not taken; `undefined` at the end. */
  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new TemplateError("unexpected EOF");
    return token;
  }

  skipSpace(): void {
    while (this.peek()?.kind === "space") this.#at++;
  }

  /** Takes a symbol and the space before it, if it is next. */
  acceptSymbol(text: string): boolean {
    const before = this.#at;
    this.skipSpace();
    const token = this.peek();
    if (token?.kind === "symbol" && token.text === text) {
      this.#at++;
      return true;
    }
    this.#at = before;
    return false;
  }

  /** Takes the end of an action. */
  close(): void {
    this.skipSpace();
    if (this.peek()?.kind !== "close") throw this.unexpected("command");
    this.#at++;
  }

  /** Takes the name in quotes of a template. */
  name(context: string): string {
    this.skipSpace();
    const token = this.next();
    if (token.kind !== "string") throw new TemplateError(`unexpected token in ${context}`);
    this.skipSpace();
    return token.value;
  }

  /** Runs `read`. If it returns `undefined`, its tokens are not taken. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const before = this.#at;
    const found = read();
    if (found === undefined) this.#at = before;
    return found;
  }

  /** Whether the action or the parentheses end here. */
  get isEnd(): boolean {
    const token = this.peek();
    return token?.kind === "close" || (token?.kind === "symbol" && token.text === ")");
  }

  unexpected(context: string): TemplateError {
    const token = this.peek();
    if (token === undefined) return new TemplateError("unexpected EOF");
    return new TemplateError(
      `unexpected ${JSON.stringify(this.source.slice(token.start, token.end))} in ${context}`,
    );
  }

  /** Offset of the next token. */
  get here(): number {
    return this.peek()?.start ?? this.source.length;
  }

  /** The place from an offset to the last token taken. */
  placeFrom(start: number): SourceSpan {
    const end = this.#tokens[this.#at - 1]?.end ?? this.source.length;
    return { start, text: this.source.slice(start, end).trim() };
  }
}
