// The text of a configuration file as plain values, with the position of each.
import { type Alias, isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { type Position, yamlDocument, type YamlDocument } from "../io/files/yaml-document.ts";
import type { Environment } from "../options/environment.ts";
import { coreValue, substituted } from "./scalar.ts";

/** A parsed file. */
export interface YamlFile {
  readonly value: unknown;
  /** Position of the value at a path such as `meter_provider.readers[0].periodic`, else of its nearest parent. */
  positionOf(path: string): Position | undefined;
  /** As {@link positionOf}; `undefined` if the text has no value at the path. */
  exactPositionOf(path: string): Position | undefined;
  /** Names of the variables in the text at a path; empty if it has none. */
  variablesOf(path: string): readonly string[];
  /** Those of them that are not set and have no default. */
  unsetOf(path: string): readonly string[];
  /** The text of a number at a path, if JavaScript writes it otherwise: `1.10`, `0x1f`. */
  textOf(path: string, value: unknown): string | undefined;
  /** References to variables, such as `${NAME}`, by the texts that replaced them. */
  readonly references: ReadonlyMap<string, string>;
  readonly problems: readonly YamlProblem[];
  /** Variables that are not set, with the path of their first use. */
  readonly missing: ReadonlyMap<string, string>;
}

/** A part of the text that is not valid. */
export interface YamlProblem {
  readonly position: Position | undefined;
  readonly message: string;
}

// A file that is written by hand has a few hundred values. Aliases of aliases could make billions of them.
const MAX_VALUES = 20_000;
const MAX_DEPTH = 40;
const CORE_TAG = "tag:yaml.org,2002:";

/** Parses YAML 1.2 (core schema) with aliases and merge keys, and substitutes variables in its scalars, in steps. */
export function* yamlFile(text: string, environment: Environment): Generator<void, YamlFile> {
  const walk = new Walk(environment);
  try {
    const document = yield* yamlDocument(text);
    for (const { position, message } of document.errors) walk.problem(message, position);
    if (walk.problems.length === 0) yield* walk.read(document);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The parser is recursive, so that very deep nesting exceeds the stack.
    walk.problem(`must have at most ${MAX_DEPTH} levels`);
  }
  return walk;
}

class Walk implements YamlFile {
  value: unknown;
  readonly problems: YamlProblem[] = [];
  readonly missing = new Map<string, string>();
  readonly references = new Map<string, string>();
  readonly #environment: Environment;
  readonly #positions = new Map<string, Position>();
  readonly #variables = new Map<string, readonly string[]>();
  readonly #unset = new Map<string, readonly string[]>();
  readonly #texts = new Map<string, string>();
  // The objects and arrays that contain the current value.
  readonly #parents: unknown[] = [];
  #document: YamlDocument | undefined;
  #values = 0;
  #isStopped = false;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  *read(document: YamlDocument): Generator<void, void> {
    this.#document = document;
    this.value = yield* this.#value(document.contents, "");
  }

  problem(message: string, position?: Position): undefined {
    this.problems.push({ position, message });
    return undefined;
  }

  positionOf(path: string): Position | undefined {
    for (let at = path; ; at = parentOf(at)) {
      const position = this.#positions.get(at);
      if (position !== undefined) return position;
      if (at === "") return undefined;
    }
  }

  exactPositionOf(path: string): Position | undefined {
    return this.#positions.get(path);
  }

  variablesOf(path: string): readonly string[] {
    return this.#variables.get(path) ?? [];
  }

  unsetOf(path: string): readonly string[] {
    return this.#unset.get(path) ?? [];
  }

  // A merged object and the one that contains it have the same paths. So the text may be that of another value.
  textOf(path: string, value: unknown): string | undefined {
    const text = this.#texts.get(path);
    return text !== undefined && Object.is(coreValue(text), value) ? text : undefined;
  }

  *#value(node: unknown, path: string): Generator<void, unknown> {
    if (this.#isStopped) return undefined;
    yield;
    const position = this.#document?.positionOf(node);
    if (position !== undefined && !this.#positions.has(path)) this.#positions.set(path, position);
    if (++this.#values > MAX_VALUES) {
      this.#isStopped = true;
      return this.problem(`must have at most ${MAX_VALUES} values, those of aliases included`, position);
    }
    if (isAlias(node)) return yield* this.#target(node, path);
    if (isScalar(node)) return this.#scalar(node, path, position);
    if (!isMap(node) && !isSeq(node)) return null;
    if (this.#parents.length >= MAX_DEPTH) {
      this.#isStopped = true;
      return this.problem(`must have at most ${MAX_DEPTH} levels`, position);
    }
    this.#parents.push(node);
    const value = isMap(node) ? yield* this.#object(node, path) : yield* this.#list(node, path);
    this.#parents.pop();
    return value;
  }

  #scalar(node: Scalar, path: string, position: Position | undefined): unknown {
    const { text, variables, missing, invalid } = substituted(
      typeof node.value === "string" ? node.value : "",
      this.#environment,
    );
    if (invalid !== undefined)
      return this.problem(
        `${path} must refer to variables as \${NAME} or \${NAME:-default}, got ${invalid}; write $$ for a dollar sign`,
        position,
      );
    if (variables.length > 0) this.#variables.set(path, variables);
    for (const name of variables) {
      const value = this.#environment[name] ?? "";
      if (value !== "") this.references.set(value, `\${${name}}`);
    }
    if (missing.length > 0) this.#unset.set(path, missing);
    for (const name of missing) if (!this.missing.has(name)) this.missing.set(name, path);
    const isPlain = node.type === "PLAIN" || node.type === undefined;
    // An explicit tag, such as `!!str`, wins over quotes.
    if (node.tag === "!" || node.tag === `${CORE_TAG}str`) return text;
    const value = isPlain || node.tag?.startsWith(CORE_TAG) === true ? coreValue(text) : text;
    if (typeof value === "number" && String(value) !== text) this.#texts.set(path, text);
    return value;
  }

  *#list({ items }: YAMLSeq, path: string): Generator<void, readonly unknown[]> {
    const values: unknown[] = [];
    for (const [i, item] of items.entries()) values.push(yield* this.#value(item, `${path}[${i}]`));
    return values;
  }

  // Entries of a merged object, `<<: *name`, are overridden by its own.
  *#object(map: YAMLMap, path: string): Generator<void, Readonly<Record<string, unknown>>> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      if (name === "<<") {
        for (const each of [yield* this.#value(value, path)].flat())
          for (const [inner, entry] of Object.entries(Object(each)))
            if (!merged.has(inner)) merged.set(inner, entry);
        continue;
      }
      const inner = path === "" ? name : `${path}.${name}`;
      const position = this.#document?.positionOf(key);
      // The own key, not a merged one.
      if (position !== undefined) this.#positions.set(inner, position);
      own.set(name, yield* this.#value(value, inner));
    }
    return Object.fromEntries([...merged, ...own]);
  }

  *#target(alias: Alias, path: string): Generator<void, unknown> {
    const target = this.#document?.targetOf(alias);
    if (target !== undefined && !this.#parents.includes(target)) return yield* this.#value(target, path);
    return this.problem(
      `alias *${alias.source} must name an anchor before it, and not one that contains it; remove it`,
      this.#document?.positionOf(alias),
    );
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}
