// Plain values from YAML, with the lines of their keys.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { indentedYaml } from "./indented-yaml.ts";

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

/**
 * Parses YAML to objects, arrays and strings: all scalars are strings, and null is `undefined`. Aliases share one value,
 * so that their number does not matter. Quoted texts and flow collections may go on at any indentation.
 */
export function yamlValues(text: string): YamlValues {
  const values = strictValues(text);
  const indented = values.problems.length === 0 ? text : indentedYaml(text);
  const others = indented === text ? values : strictValues(indented);
  return others.problems.length === 0 ? others : values;
}

function strictValues(text: string): YamlValues {
  const counter = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      schema: "failsafe",
      lineCounter: counter,
      prettyErrors: false,
      logLevel: "silent",
    });
  } catch (error) {
    // The parser is recursive, so that very deep nesting exceeds the stack.
    const message = error instanceof RangeError ? "too deeply nested" : String(error);
    return { value: undefined, lines: NO_LINES, problems: [{ line: undefined, message }] };
  }
  const problems = document.errors.map(({ pos, message }) => ({
    line: counter.linePos(pos[0]).line,
    message: message.replaceAll(/\s+/g, " ").trim(),
  }));
  if (problems.length > 0) return { value: undefined, lines: NO_LINES, problems };
  const walk = new Walk(document, counter);
  try {
    const value = walk.value(document.contents);
    return { value, lines: walk, problems: walk.problems };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      value: undefined,
      lines: NO_LINES,
      problems: [{ line: undefined, message: "too deeply nested" }],
    };
  }
}

class Walk implements Lines {
  readonly problems: YamlProblem[] = [];
  readonly #document: Document;
  readonly #counter: LineCounter;
  readonly #lines = new Map<unknown, Map<string | number, number>>();
  // An alias within its own anchor would never end.
  readonly #values = new Map<unknown, unknown>();
  readonly #open = new Set<unknown>();

  constructor(document: Document, counter: LineCounter) {
    this.#document = document;
    this.#counter = counter;
  }

  of(container: unknown, key: string | number): number | undefined {
    return this.#lines.get(container)?.get(key);
  }

  value(node: unknown): unknown {
    if (isAlias(node)) return this.#target(node);
    if (isScalar(node)) {
      const isPlain = node.type === "PLAIN" || node.type === undefined;
      return isPlain && /^(?:~|null|Null|NULL|)$/.test(String(node.value)) ? undefined : String(node.value);
    }
    if (!isMap(node) && !isSeq(node)) return undefined;
    if (this.#values.has(node)) return this.#values.get(node);
    this.#open.add(node);
    const lines = new Map<string | number, number>();
    const value = isMap(node) ? this.#object(node, lines) : this.#array(node.items, lines);
    this.#open.delete(node);
    this.#lines.set(value, lines);
    this.#values.set(node, value);
    return value;
  }

  #array(items: readonly unknown[], lines: Map<string | number, number>): unknown[] {
    return items.map((item, i) => {
      lines.set(i, this.#lineOf(item) ?? 0);
      return this.value(item);
    });
  }

  // Entries of a merged object, `<<: *name`, are overridden by its own.
  #object(map: YAMLMap, lines: Map<string | number, number>): Readonly<Record<string, unknown>> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const line = this.#lineOf(key);
      if (name === "<<") {
        const given = this.value(value);
        for (const each of Array.isArray(given) ? given : [given])
          for (const [inner, entry] of Object.entries(Object(each)))
            if (!merged.has(inner)) merged.set(inner, entry);
        continue;
      }
      own.set(name, this.value(value));
      if (line !== undefined) lines.set(name, line);
    }
    return Object.fromEntries([...merged, ...own]);
  }

  #target(alias: Alias): unknown {
    const target = alias.resolve(this.#document);
    const isEndless = target === undefined || this.#open.has(target);
    if (!isEndless) return this.value(target);
    this.problems.push({
      line: this.#lineOf(alias),
      message: `alias *${alias.source} must name an anchor before it; remove it`,
    });
    return undefined;
  }

  #lineOf(node: unknown): number | undefined {
    const range = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : undefined;
    return range === undefined || range === null ? undefined : this.#counter.linePos(range[0]).line;
  }
}
