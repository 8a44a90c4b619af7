import { TemplateError } from "./template-error.ts";
import { type SourceSpan, TokenCursor } from "./tokens.ts";

/** A parsed template. */
export interface ParsedTemplate {
  readonly nodes: Nodes;
  /** Templates by `define`. */
  readonly defined: ReadonlyMap<string, Nodes>;
}

/**
 * Parses a template. Throws a {@link TemplateError} with Go's message.
 *
 * @param variables variables that are declared before, with their `$`.
 */
export function parseTemplate(
  source: string,
  hasFunction: (name: string) => boolean,
  variables: readonly string[],
): ParsedTemplate {
  return new TemplateParser(source, hasFunction, variables).template();
}

const KEYWORDS = new Set("if else end range with define template block break continue".split(" "));
const MAX_DEPTH = 50;

class TemplateParser {
  readonly #cursor: TokenCursor;
  readonly #hasFunction: (name: string) => boolean;
  readonly #defined = new Map<string, Nodes>();
  #variables: string[];
  #depth = 0;
  #ranges = 0;

  constructor(source: string, hasFunction: (name: string) => boolean, variables: readonly string[]) {
    this.#cursor = new TokenCursor(source);
    this.#hasFunction = hasFunction;
    this.#variables = ["$", ...variables];
  }

  template(): ParsedTemplate {
    const { nodes, end } = this.#nodes();
    if (end !== "") throw new TemplateError(`unexpected {{${end}}}`);
    return { nodes, defined: this.#defined };
  }

  // Reads up to `{{end}}`, `{{else}}` or the end of the template. `end` is the word found, "" at the end.
  #nodes(): { readonly nodes: Nodes; readonly end: "" | "end" | "else" } {
    if (++this.#depth > MAX_DEPTH) throw new TemplateError(`more than ${MAX_DEPTH} levels`);
    const nodes: Node[] = [];
    let end: "" | "end" | "else" = "";
    while (end === "" && this.#cursor.hasMore) {
      const token = this.#cursor.next();
      if (token.kind === "text") nodes.push({ kind: "text", text: token.text });
      else if (token.kind === "open") {
        const word = this.#keyword();
        if (word === "end" || word === "else") end = word;
        else {
          const node = this.#action(word);
          if (node !== undefined) nodes.push(node);
        }
      }
    }
    this.#depth--;
    return { nodes, end };
  }

  #action(word: string): Node | undefined {
    switch (word) {
      case "if":
      case "with":
      case "range":
        return this.#control(word);
      case "define":
      case "block":
        return this.#definition(word);
      case "template": {
        const name = this.#cursor.name("template clause");
        const pipeline = this.#cursor.peek()?.kind === "close" ? undefined : this.#pipeline();
        this.#cursor.close();
        return { kind: "template", name, pipeline };
      }
      case "break":
      case "continue":
        if (this.#ranges === 0) throw new TemplateError(`{{${word}}} outside {{range}}`);
        this.#cursor.close();
        return { kind: word };
      default: {
        const pipeline = this.#pipeline();
        this.#cursor.close();
        return { kind: "action", pipeline };
      }
    }
  }

  #control(kind: "if" | "with" | "range"): Node {
    const scope = [...this.#variables];
    const pipeline = this.#pipeline(kind === "range");
    this.#cursor.close();
    if (kind === "range") this.#ranges++;
    const body = this.#nodes();
    if (kind === "range") this.#ranges--;
    const otherwise = body.end === "else" ? this.#else(kind) : [];
    if (body.end === "") throw new TemplateError("unexpected EOF");
    this.#variables = scope;
    return { kind, pipeline, body: body.nodes, otherwise };
  }

  // After `else`: `else if` and `else with` are a nested control.
  #else(kind: "if" | "with" | "range"): Nodes {
    const word = this.#keyword();
    if (word === "if" || word === "with") {
      if (word !== kind) throw new TemplateError(`unexpected <${word}> in else`);
      return [this.#control(word)];
    }
    this.#cursor.close();
    const { nodes, end } = this.#nodes();
    if (end === "else") throw new TemplateError("expected end; found {{else}}");
    if (end === "") throw new TemplateError("unexpected EOF");
    return nodes;
  }

  #definition(word: "define" | "block"): Node | undefined {
    const name = this.#cursor.name(`${word} clause`);
    const scope = this.#variables;
    const pipeline = word === "block" ? this.#pipeline() : undefined;
    this.#cursor.close();
    this.#variables = ["$"];
    const { nodes, end } = this.#nodes();
    if (end !== "end")
      throw new TemplateError(end === "" ? "unexpected EOF" : `unexpected {{else}} in ${word} clause`);
    this.#variables = scope;
    this.#defined.set(name, nodes);
    return word === "block" ? { kind: "template", name, pipeline } : undefined;
  }

  #pipeline(isRange = false): Pipeline {
    const start = this.#cursor.here;
    const { variables, declares } = this.#declarations(isRange);
    const commands: Command[] = [];
    do commands.push(this.#command(commands.length > 0));
    while (this.#cursor.acceptSymbol("|"));
    if (declares) this.#variables.push(...variables);
    return { variables, declares, commands, place: this.#cursor.placeFrom(start) };
  }

  #declarations(isRange: boolean): { readonly variables: readonly string[]; readonly declares: boolean } {
    const found = this.#cursor.attempt(() => this.#declared(isRange));
    return found ?? { variables: [], declares: false };
  }

  #declared(
    isRange: boolean,
  ): { readonly variables: readonly string[]; readonly declares: boolean } | undefined {
    const variables: string[] = [];
    for (;;) {
      this.#cursor.skipSpace();
      const token = this.#cursor.peek();
      if (token?.kind !== "variable") break;
      this.#cursor.next();
      this.#cursor.skipSpace();
      variables.push(token.text);
      if (this.#cursor.acceptSymbol(":=")) return { variables, declares: true };
      if (this.#cursor.acceptSymbol("=")) {
        for (const name of variables) this.#assertDeclared(name);
        return { variables, declares: false };
      }
      if (!(isRange && variables.length === 1 && this.#cursor.acceptSymbol(","))) break;
    }
    return undefined;
  }

  #command(isPiped: boolean): Command {
    this.#cursor.skipSpace();
    const start = this.#cursor.here;
    const operands: Operand[] = [];
    for (;;) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
      const next = this.#cursor.peek();
      if (next?.kind !== "space") {
        const isEnd =
          next?.kind === "close" || (next?.kind === "symbol" && (next.text === "|" || next.text === ")"));
        if (!isEnd) throw this.#cursor.unexpected("operand");
        break;
      }
      this.#cursor.skipSpace();
    }
    if (operands.length === 0)
      throw new TemplateError(
        this.#cursor.isEnd ? "missing value for command" : this.#cursor.unexpected("command").message,
      );
    const [first] = operands;
    if (isPiped && (first?.kind === "constant" || first?.kind === "nil" || first?.kind === "dot"))
      throw new TemplateError("non executable command in pipeline stage 2");
    return { operands, place: this.#cursor.placeFrom(start) };
  }

  #operand(): Operand | undefined {
    const start = this.#cursor.here;
    let operand = this.#term();
    if (operand === undefined) return undefined;
    const names: string[] = [];
    const firstField = this.#cursor.here;
    for (let next = this.#cursor.peek(); next?.kind === "field"; next = this.#cursor.peek()) {
      names.push(next.text.slice(1));
      this.#cursor.next();
    }
    if (names.length > 0) {
      if (operand.kind === "constant" || operand.kind === "nil" || operand.kind === "function")
        throw new TemplateError(`unexpected . after term ${JSON.stringify(operand.place.text)}`);
      operand = {
        kind: "fields",
        of: operand,
        names,
        place: { ...this.#cursor.placeFrom(start), start: firstField },
      };
    }
    return operand;
  }

  #term(): Operand | undefined {
    const token = this.#cursor.peek();
    if (token === undefined) return undefined;
    const place = { start: token.start, text: this.#cursor.source.slice(token.start, token.end) };
    switch (token.kind) {
      case "string":
      case "number":
        this.#cursor.next();
        return { kind: "constant", value: token.value, place };
      case "field":
        // The field itself is read by the caller.
        return { kind: "dot", place: { ...place, text: "" } };
      case "variable":
        this.#cursor.next();
        this.#assertDeclared(token.text);
        return { kind: "variable", name: token.text, place };
      case "word":
        return this.#word(token.text, place);
      case "symbol":
        if (token.text === ".") {
          this.#cursor.next();
          return { kind: "dot", place };
        }
        return token.text === "(" ? this.#parentheses() : undefined;
      default:
        return undefined;
    }
  }

  #word(text: string, place: SourceSpan): Operand {
    if (text === "true" || text === "false") {
      this.#cursor.next();
      return { kind: "constant", value: text === "true", place };
    }
    if (text === "nil") {
      this.#cursor.next();
      return { kind: "nil", place };
    }
    if (KEYWORDS.has(text)) throw this.#cursor.unexpected("operand");
    if (!this.#hasFunction(text)) throw new TemplateError(`function ${JSON.stringify(text)} not defined`);
    this.#cursor.next();
    return { kind: "function", name: text, place };
  }

  #parentheses(): Operand {
    const start = this.#cursor.here;
    this.#cursor.next();
    if (++this.#depth > MAX_DEPTH) throw new TemplateError(`more than ${MAX_DEPTH} levels`);
    const pipeline = this.#pipeline();
    this.#depth--;
    if (!this.#cursor.acceptSymbol(")")) throw new TemplateError("unclosed left paren");
    return { kind: "pipeline", pipeline, place: this.#cursor.placeFrom(start) };
  }

  #keyword(): string {
    this.#cursor.skipSpace();
    const token = this.#cursor.peek();
    if (token?.kind !== "word" || !KEYWORDS.has(token.text)) return "";
    this.#cursor.next();
    if (token.text === "end") this.#cursor.close();
    return token.text;
  }

  #assertDeclared(name: string): void {
    if (!this.#variables.includes(name))
      throw new TemplateError(`undefined variable ${JSON.stringify(name)}`);
  }
}

/** A part of a template that produces text or controls what follows. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: Nodes;
      readonly otherwise: Nodes;
    }
  | { readonly kind: "template"; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly kind: "break" | "continue" };

/** Parts in their order. */
export type Nodes = readonly Node[];

/** Commands, each of which gets the result of the one before as its last argument. */
export interface Pipeline {
  /** Variables that get the result, with their `$`. */
  readonly variables: readonly string[];
  /** Whether the variables are declared, by `:=`. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
  readonly place: SourceSpan;
}

/** A function or value, and its arguments. */
export interface Command {
  /** At least one. */
  readonly operands: readonly Operand[];
  readonly place: SourceSpan;
}

/** A value in a command. */
export type Operand = { readonly place: SourceSpan } & (
  | { readonly kind: "constant"; readonly value: string | number | bigint | boolean }
  | { readonly kind: "nil" }
  | { readonly kind: "dot" }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline }
  // `.a.b` of the dot, of a variable, or of a pipeline in parentheses.
  | { readonly kind: "fields"; readonly of: Operand; readonly names: readonly string[] }
);
