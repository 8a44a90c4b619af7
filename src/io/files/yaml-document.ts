// YAML as nodes, in a time that grows with the text alone. `parseDocument` compares each key with all others, and searches
// the whole document for the anchor of each alias.
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  Parser,
} from "yaml";

/** Longest key. A path with longer ones would be no help in a message. */
const MAX_KEY_LENGTH = 1_024;
// A file with the wrong format has an error for each line.
const MAX_ERRORS = 10;

/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A parsed text. */
export interface YamlDocument {
  readonly contents: unknown;
  readonly errors: readonly { readonly position: Position; readonly message: string }[];
  /** The node with the anchor of an alias: the last one before it. */
  targetOf(alias: Alias): Node | undefined;
  /** The position of a node; `undefined` if it has none. */
  positionOf(node: unknown): Position | undefined;
}

/**
 * Parses a text, in steps. Errors in its structure exclude those in its keys.
 *
 * @throws RangeError if it is nested too deeply: the parser is recursive.
 */
export function* yamlDocument(
  text: string,
  schema: "failsafe" | "core" = "failsafe",
): Generator<void, YamlDocument> {
  const counter = new LineCounter();
  const document = yield* composed(text, schema, counter);
  const placeAt = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const targets = new Map<Alias, Node | undefined>();
  const errors = (document?.errors ?? []).slice(0, MAX_ERRORS).map(({ pos, message }) => ({
    position: placeAt(pos[0]),
    message: message.replaceAll(/\s+/g, " ").trim(),
  }));
  if (errors.length === 0 && document !== undefined)
    for (const { offset, message } of yield* surveyed(document, targets))
      errors.push({ position: placeAt(offset), message });
  return {
    contents: document?.contents,
    errors,
    targetOf: (alias) => targets.get(alias),
    positionOf: (node) => {
      const range = isCollection(node) || isScalar(node) || isAlias(node) ? node.range : undefined;
      return range === undefined || range === null ? undefined : placeAt(range[0]);
    },
  };
}

// The same as `parseDocument`, in steps, but for the uniqueness of keys.
function* composed(
  text: string,
  schema: "failsafe" | "core",
  counter: LineCounter,
): Generator<void, Document | undefined> {
  const parser = new Parser(counter.addNewLine);
  counter.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    yield;
  }
  tokens.push(...parser.end());
  yield;
  const composer = new Composer({ schema, uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  let first: Document | undefined;
  for (const document of composer.compose(tokens, true, text.length)) {
    first ??= document;
    yield;
  }
  return first;
}

/** A wrong key. */
interface KeyError {
  readonly offset: number;
  readonly message: string;
}

// One pass in the order of the text, without recursion.
function* surveyed(
  { contents }: Document,
  targets: Map<Alias, Node | undefined>,
): Generator<void, readonly KeyError[]> {
  const errors: KeyError[] = [];
  const anchors = new Map<string, Node>();
  const waiting: unknown[] = [contents];
  while (waiting.length > 0 && errors.length < MAX_ERRORS) {
    const node = waiting.pop();
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined)
      anchors.set(node.anchor, node);
    if (isPair(node)) waiting.push(node.value, node.key);
    if (!isCollection(node)) continue;
    yield;
    if (isMap(node))
      addErrors(
        errors,
        node.items.map(({ key }) => key),
      );
    for (let i = node.items.length - 1; i >= 0; i--) waiting.push(node.items[i]);
  }
  return errors;
}

function addErrors(errors: KeyError[], keys: readonly unknown[]): void {
  const seen = new Set<unknown>();
  for (const key of keys) {
    if (!isScalar(key)) continue;
    const offset = key.range?.[0] ?? 0;
    if (seen.has(key.value)) errors.push({ offset, message: "Map keys must be unique" });
    if (typeof key.value === "string" && key.value.length > MAX_KEY_LENGTH)
      errors.push({ offset, message: `Map keys must have at most ${MAX_KEY_LENGTH} characters` });
    if (errors.length >= MAX_ERRORS) return;
    seen.add(key.value);
  }
}
