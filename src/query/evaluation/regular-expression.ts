// Regular expressions with RE2's syntax and linear time.
import { RE2JS } from "re2js";
import { assertSmallPattern, sizeOfPattern } from "./pattern-size.ts";
import { assertValueLength } from "./value-length.ts";

/** The expression of `label_replace`. It matches whole texts; a dot matches line breaks too. */
export interface RegularExpression {
  /**
   * Returns `template` with its references `$1`, `$name` and `${name}` replaced by the groups of a match; `undefined` if
   * the text does not match. Throws a {@link QueryError} if the result is too long.
   */
  expand(text: string, template: string): string | undefined;
}

/** Estimate of the work to compile a matcher's pattern; 0 if it needs no engine. */
export function sizeOfMatch(source: string): number {
  return quickMatch(source) === undefined ? sizeOfPattern(source) : 0;
}

/** Returns a matcher's test of whole texts. Throws as {@link regularExpression}, and if parentheses are not balanced. */
export function textTest(source: string): (text: string) => boolean {
  const quick = quickMatch(source);
  if (quick !== undefined) return quick;
  const compiled = compiledOnce(source, matchers);
  return remembered((text) => compiled.matcher(text).find());
}

/**
 * Compiles an expression of `label_replace`. Throws an error with RE2's message if the syntax is invalid, and a
 * {@link LargePatternError} if it would take too much time or memory.
 */
export function regularExpression(source: string): RegularExpression {
  const compiled = compiledOnce(source, replacements);
  return {
    expand(text, template) {
      const match = compiled.matcher(text);
      if (!match.find()) return undefined;
      let inserted = 0;
      const expanded = withGroups(template, compiled, match, ({ length }) =>
        assertValueLength((inserted += length), text.length),
      );
      assertValueLength(expanded.length, text.length);
      return expanded;
    },
  };
}

/**
 * Returns a template with its references `$1`, `$name` and `${name}` replaced by the groups of a match. An unknown one is
 * empty, as are those with a zero in front, and `$$` is `$`, as in Go.
 *
 * @param onInserted called with the text of each group before it is inserted.
 */
export function withGroups(
  template: string,
  expression: RE2JS,
  match: ReturnType<RE2JS["matcher"]>,
  onInserted: (text: string) => void = () => {},
): string {
  const names: Readonly<Record<string, number>> = expression.namedGroups();
  return template.replace(REFERENCE, (reference, plain: string | undefined, braced: string | undefined) => {
    if (reference === "$$") return "$";
    const group = plain ?? braced ?? "";
    const index = /^(?:0|[1-9]\d*)$/.test(group)
      ? Number(group)
      : Object.hasOwn(names, group)
        ? names[group]
        : undefined;
    if (index === undefined || index > expression.groupCount()) return "";
    const found = match.group(index) ?? "";
    onInserted(found);
    return found;
  });
}

const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;
const MAX_REMEMBERED = 10_000;
const MAX_COMPILED = 32;
// Compiled expressions by source. The parser, the evaluation and the source of samples need the same ones.
const matchers = new Map<string, RE2JS>();
const replacements = new Map<string, RE2JS>();

function compiledOnce(source: string, bySource: Map<string, RE2JS>): RE2JS {
  let compiled = bySource.get(source);
  if (compiled === undefined) {
    assertSmallPattern(source);
    compiled = RE2JS.compile(`^(?s:${source})$`);
    // Within the group, `a)|(?:b` is valid, and not anchored. Prometheus accepts it in `label_replace` alone.
    if (bySource === matchers) RE2JS.compile(source);
    if (bySource.size >= MAX_COMPILED) bySource.clear();
    bySource.set(source, compiled);
  }
  return compiled;
}

/**
 * Test without the engine for the forms that most matchers have: `a|b`, which Grafana writes as `(a|b)`, `prefix.*`,
 * `.*suffix`, `.*middle.*`, each also with `.+`.
 */
function quickMatch(source: string): ((text: string) => boolean) | undefined {
  const [, list = source] = /^\((?:\?:)?(.*)\)$/su.exec(source) ?? [];
  const alternatives = list.split(/(?<!\\)\|/u).map(literalOf);
  if (alternatives.every((each) => each !== undefined)) {
    const texts = new Set(alternatives);
    return (text) => texts.has(text);
  }
  const [, before = "", middle = "", after = ""] = /^(\.[*+])?(.*?)(\.[*+])?$/su.exec(source) ?? [];
  const literal = literalOf(middle);
  if (literal === undefined || (before === "" && after === "")) return undefined;
  const { length } = literal;
  const [minBefore, minAfter] = [before === ".+" ? 1 : 0, after === ".+" ? 1 : 0];
  if (before === "") return (text) => text.startsWith(literal) && text.length >= length + minAfter;
  if (after === "") return (text) => text.endsWith(literal) && text.length >= length + minBefore;
  return (text) => {
    const at = text.indexOf(literal, minBefore);
    return at >= minBefore && at + length + minAfter <= text.length;
  };
}

/** Text that a source without operators matches. */
function literalOf(source: string): string | undefined {
  const text = source.replaceAll(ESCAPED, "");
  if (/[\\^$.|?*+()[\]{}]/.test(text)) return undefined;
  return source.replaceAll(ESCAPED, "$1");
}

// RE2 allows an escape of ASCII punctuation only.
const ESCAPED = /\\([!-/:-@[-^`{-~])/g;

// Series share the values of their labels.
function remembered(matches: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = matches(text);
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(text, result);
    }
    return result;
  };
}
