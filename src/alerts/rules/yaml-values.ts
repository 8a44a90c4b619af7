// Plain values from YAML, with the lines of their keys.
import { type Alias, isAlias, isMap, isScalar, isSeq, Lexer, type Scalar, type YAMLMap } from "yaml";
import { yamlDocument, type YamlDocument } from "../../io/files/yaml-document.ts";
import { allSteps } from "../../io/yield.ts";

/** Lines of values: of the keys of an object, of the items of an array. */
export interface Lines {
  /** Line of an entry of `container`, from 1; `undefined` if it is unknown. */
  of(container: unknown, key: string | number): number | undefined;
}

/** Lines of rules in code. */
export const NO_LINES: Lines = { of: () => undefined };

/** Parsed YAML. */
export interface YamlValues {
  readonly value: unknown;
  readonly lines: Lines;
  readonly problems: readonly YamlProblem[];
}

/** A part of a file that is not valid YAML. */
export interface YamlProblem {
  readonly line: number | undefined;
  readonly message: string;
}

/** Values of scalars: `texts`, with `undefined` for null, or those of YAML's core schema. */
export type ScalarKind = "texts" | "core";

// A file of the maximum size has fewer. Aliases of aliases could make billions of them.
const MAX_VALUES = 500_000;

/**
 * Parses YAML to objects, arrays and scalars; by default all of these are strings, and null is `undefined`. Aliases share
 * one value. Quoted texts and flow collections may go on at any indentation.
 */
export function yamlValues(text: string, kind: ScalarKind = "texts"): YamlValues {
  return allSteps(yamlSteps(text, kind));
}

/** As {@link yamlValues}, in steps. */
export function* yamlSteps(text: string, kind: ScalarKind = "texts"): Generator<void, YamlValues> {
  const values = yield* strictSteps(text, kind);
  if (values.problems.length === 0) return values;
  const indented = yield* indentedYaml(text);
  const others = indented === text ? values : yield* strictSteps(indented, kind);
  return others.problems.length === 0 ? others : values;
}

function* strictSteps(text: string, kind: ScalarKind): Generator<void, YamlValues> {
  try {
    const document = yield* yamlDocument(text, kind === "core" ? "core" : "failsafe");
    const problems = document.errors.map(({ position: { line }, message }) => ({ line, message }));
    if (problems.length > 0) return { value: undefined, lines: NO_LINES, problems };
    const walk = new Walk(document, kind);
    const value = yield* walk.value(document.contents);
    return { value, lines: walk, problems: walk.problems };
  } catch (error) {
    // The parser is recursive, so that very deep nesting exceeds the stack.
    const message = error instanceof RangeError ? "too deeply nested" : String(error);
    return { value: undefined, lines: NO_LINES, problems: [{ line: undefined, message }] };
  }
}

class Walk implements Lines {
  readonly problems: YamlProblem[] = [];
  readonly #document: YamlDocument;
  readonly #kind: ScalarKind;
  readonly #lines = new Map<unknown, Map<string | number, number>>();
  // The value of each node, and the number of values in it, those of aliases included.
  readonly #values = new Map<unknown, { readonly value: unknown; readonly size: number }>();
  // An alias within its own anchor would never end.
  readonly #open = new Set<unknown>();
  #size = 0;

  constructor(document: YamlDocument, kind: ScalarKind) {
    this.#document = document;
    this.#kind = kind;
  }

  of(container: unknown, key: string | number): number | undefined {
    return this.#lines.get(container)?.get(key);
  }

  *value(node: unknown): Generator<void, unknown> {
    if (isAlias(node)) return yield* this.#target(node);
    this.#size++;
    if (isScalar(node)) return this.#scalar(node);
    if (!isMap(node) && !isSeq(node)) return this.#kind === "core" ? null : undefined;
    yield;
    const before = this.#size;
    this.#open.add(node);
    const lines = new Map<string | number, number>();
    const value = isMap(node) ? yield* this.#object(node, lines) : yield* this.#array(node.items, lines);
    this.#open.delete(node);
    this.#lines.set(value, lines);
    this.#values.set(node, { value, size: this.#size - before + 1 });
    return value;
  }

  #scalar(node: Scalar): unknown {
    if (this.#kind === "core") return node.value;
    const isPlain = node.type === "PLAIN" || node.type === undefined;
    return isPlain && /^(?:~|null|Null|NULL|)$/.test(String(node.value)) ? undefined : String(node.value);
  }

  *#array(items: readonly unknown[], lines: Map<string | number, number>): Generator<void, unknown[]> {
    const values: unknown[] = [];
    for (const [i, item] of items.entries()) {
      lines.set(i, this.#lineOf(item) ?? 0);
      values.push(yield* this.value(item));
    }
    return values;
  }

  // Entries of a merged object, `<<: *name`, are overridden by its own.
  *#object(
    map: YAMLMap,
    lines: Map<string | number, number>,
  ): Generator<void, Readonly<Record<string, unknown>>> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const line = this.#lineOf(key);
      if (name === "<<") {
        const given = yield* this.value(value);
        for (const each of Array.isArray(given) ? given : [given])
          for (const [inner, entry] of Object.entries(Object(each)))
            if (!merged.has(inner)) merged.set(inner, entry);
        continue;
      }
      own.set(name, yield* this.value(value));
      if (line !== undefined) lines.set(name, line);
    }
    return Object.fromEntries([...merged, ...own]);
  }

  *#target(alias: Alias): Generator<void, unknown> {
    const target = this.#document.targetOf(alias);
    if (target === undefined || this.#open.has(target))
      return this.#problem(alias, `alias *${alias.source} must name an anchor before it; remove it`);
    const known = this.#values.get(target);
    if (known === undefined) return yield* this.value(target);
    this.#size += known.size;
    if (this.#size <= MAX_VALUES) return known.value;
    if (this.problems.length > 0) return undefined;
    return this.#problem(
      alias,
      `must have at most ${MAX_VALUES} values, those of aliases included; remove some`,
    );
  }

  #problem(alias: Alias, message: string): undefined {
    this.problems.push({ line: this.#lineOf(alias), message });
    return undefined;
  }

  #lineOf(node: unknown): number | undefined {
    return this.#document.positionOf(node)?.line;
  }
}

// Beyond any indentation in a file. Its spaces are part of no value.
const INDENTATION = " ".repeat(100);
// Characters that are read again with each line of a long text, for each character of the file.
const MAX_WORK = 50;

/**
 * Indents the lines on which a quoted text or a flow collection goes on. Prometheus' parser takes them at any indentation.
 * The package `yaml` refuses those that are not further in than their key, and has no option for it. Lines keep their
 * numbers. A file with very long texts is returned as it is. One step for each line.
 */
function* indentedYaml(text: string): Generator<void, string> {
  const lexer = new Lexer();
  const lines: string[] = [];
  // The part of the lines so far that the lexer has not taken: it waits for the end of a quoted text.
  let pending = "";
  let [depth, work] = [0, 0];
  for (const line of text.split(/(?<=\n)/)) {
    yield;
    const isContinued = depth > 0 || /^["']/.test(pending);
    const indented = isContinued ? INDENTATION + line : line;
    lines.push(indented);
    pending += indented;
    work += pending.length;
    if (work > MAX_WORK * (text.length + INDENTATION.length)) return text;
    let isContent = false;
    for (const token of lexer.lex(indented, true)) {
      if (!isContent && (token === "{" || token === "[")) depth++;
      if (!isContent && (token === "}" || token === "]")) depth--;
      isContent = token === CONTENT_FOLLOWS;
      if (!MARKS.has(token)) pending = pending.slice(token.length);
    }
  }
  return lines.join("");
}

// Tokens that are not in the text: the start of a document, an unexpected end, and that a scalar follows.
const CONTENT_FOLLOWS = "\u001F";
const MARKS: ReadonlySet<string> = new Set(["\u0002", "\u0018", CONTENT_FOLLOWS]);
