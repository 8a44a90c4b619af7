import type { Place } from "./nodes.ts";
import { TemplateError } from "./template-error.ts";
import { type Token, tokensOf } from "./tokens.ts";

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
  placeFrom(start: number): Place {
    const end = this.#tokens[this.#at - 1]?.end ?? this.source.length;
    return { start, text: this.source.slice(start, end).trim() };
  }
}
