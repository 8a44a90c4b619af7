// Changes of a text, each at a range of it.
import type { SyntaxNode } from "./syntax.ts";

const TODO = "// TODO tachymeter:";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Collects changes of a text. A change inside another one is part of its text, and must be read by {@link textOf}. */
export class Edits {
  readonly #text: string;
  readonly #literals: readonly SyntaxNode[];
  readonly #edits: Edit[] = [];
  readonly #notes = new Map<number, Set<string>>();

  /** @param literals nodes with lines of text, in which a comment would be part of the text; outer ones first */
  constructor(text: string, literals: readonly SyntaxNode[]) {
    this.#text = text;
    this.#literals = literals;
  }

  get isEmpty(): boolean {
    return this.#edits.length + this.#notes.size === 0;
  }

  /** Number of comments for the reader. */
  get notes(): number {
    return [...this.#notes.values()].reduce((sum, notes) => sum + notes.size, 0);
  }

  replace({ start, end }: Pick<SyntaxNode, "start" | "end">, text: string): void {
    this.#edits.push({ start, end, text });
  }

  /** Removes a statement, with its line if nothing else is in it. */
  remove(node: SyntaxNode, parent: SyntaxNode | undefined): void {
    const { start } = node;
    // Without semicolons, the one that begins the next line is at the end of the statement.
    const end = start + this.#text.slice(start, node.end).replace(/\s*\n\s*;$/, "").length;
    // The body of an `if` must remain a statement.
    if (!/^(?:Program|BlockStatement|StaticBlock|SwitchCase)$/.test(parent?.type ?? ""))
      return this.replace({ start, end }, "{}");
    const lineStart = this.#lineStart(start);
    const rest = /^[ \t]*;?[ \t]*(?:\r?\n|$)/.exec(this.#text.slice(end))?.[0].length ?? 0;
    const isAlone = rest > 0 && this.#text.slice(lineStart, start).trim() === "";
    this.#edits.push({ start: isAlone ? lineStart : start, end: isAlone ? end + rest : end, text: "" });
  }

  /** Adds a comment on a line before the one in which `node` begins. */
  note(node: SyntaxNode, text: string): void {
    const at = this.#noteStart(node);
    this.#notes.set(at, (this.#notes.get(at) ?? new Set()).add(text));
  }

  /** Adds a comment, unless the line has one. */
  noteOnce(node: SyntaxNode, text: string): void {
    if (!this.#notes.has(this.#noteStart(node))) this.note(node, text);
  }

  /** Whether a node is in a range that is replaced. */
  covers(node: SyntaxNode): boolean {
    return this.#edits.some(({ start, end }) => start <= node.start && node.end <= end);
  }

  /** Whether a changed text has this word. */
  mentions(word: string): boolean {
    return this.#edits.some(({ text }) => text.split(/[^\w$]+/).includes(word));
  }

  /** The text of a node with the changes inside it. */
  textOf({ start, end }: Pick<SyntaxNode, "start" | "end">): string {
    return this.#applied(start, end, false);
  }

  /** The whole text with all changes. */
  result(): string {
    return this.#applied(0, this.#text.length, true);
  }

  #applied(from: number, to: number, withNotes: boolean): string {
    const notes = [...this.#notes].map(([start, texts]) => {
      const indent = /^[ \t]*/.exec(this.#text.slice(start))?.[0] ?? "";
      const lines = [...texts].map((text) => `${indent}${TODO} ${text}\n`).join("");
      return { start, end: start, text: lines };
    });
    const inside = [...this.#edits, ...(withNotes ? notes : [])]
      .filter(({ start, end }) => from <= start && end <= to)
      .toSorted((a, b) => a.start - b.start || a.end - a.start - (b.end - b.start));
    let [text, at] = ["", from];
    for (const edit of inside) {
      // Inside another change, whose text has it already.
      if (edit.start < at) continue;
      const isInOther = inside.some(
        (other) =>
          other !== edit &&
          other.start <= edit.start &&
          edit.end <= other.end &&
          other.end > other.start &&
          other.end - other.start > edit.end - edit.start &&
          edit.end > edit.start,
      );
      if (isInOther) continue;
      text += this.#text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + this.#text.slice(at, to);
  }

  #noteStart({ start }: SyntaxNode): number {
    const at = this.#lineStart(start);
    const literal = this.#literals.find((each) => each.start < at && at <= each.end);
    return literal === undefined ? at : this.#lineStart(literal.start);
  }

  #lineStart(offset: number): number {
    return this.#text.lastIndexOf("\n", offset - 1) + 1;
  }
}
