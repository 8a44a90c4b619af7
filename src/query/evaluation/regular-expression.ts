// Regular expressions with RE2's syntax and linear time.
import { RE2JS } from "re2js";
import { assertSmallPattern, sizeOfPattern } from "./pattern-size.ts";

/** An expression that matches whole texts; a dot matches line breaks too. */
export interface RegularExpression {
  matches(text: string): boolean;
  /**
   * Returns `template` with its references `$1`, `$name` and `${name}` replaced by the groups of a match; `undefined` if
   * the text does not match.
   */
  expand(text: string, template: string): string | undefined;
}

/** Estimate of the work to compile a matcher's pattern; 0 if it needs no engine. */
export function sizeOfMatch(source: string): number {
  return quickMatch(source) === undefined ? sizeOfPattern(source) : 0;
}

/** Returns a test of whole texts. Throws as {@link regularExpression} if the syntax is invalid or the size too large. */
export function textTest(source: string): (text: string) => boolean {
  const quick = quickMatch(source);
  if (quick !== undefined) return quick;
  const expression = regularExpression(source);
  return (text) => expression.matches(text);
}

/**
 * Compiles an expression. Throws an error with RE2's message if the syntax is invalid, and a
 * {@link LargePatternError} if it would take too much time or memory.
 */
export function regularExpression(source: string): RegularExpression {
  const compiled = compiledOnce(source);
  return {
    matches: remembered((text) => compiled.matcher(text).find()),
    expand(text, template) {
      const match = compiled.matcher(text);
      if (!match.find()) return undefined;
      const names: Readonly<Record<string, number>> = compiled.namedGroups();
      return template.replace(
        REFERENCE,
        (reference, name: string | undefined, braced: string | undefined) => {
          if (reference === "$$") return "$";
          const group = name ?? braced ?? "";
          const index = /^\d+$/.test(group)
            ? Number(group)
            : Object.hasOwn(names, group)
              ? names[group]
              : undefined;
          return index === undefined || index > compiled.groupCount() ? "" : (match.group(index) ?? "");
        },
      );
    },
  };
}

const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;
const MAX_REMEMBERED = 10_000;
const MAX_COMPILED = 32;
// The parser, the evaluation and the source need the same expression.
const compiledBySource = new Map<string, RE2JS>();

function compiledOnce(source: string): RE2JS {
  let compiled = compiledBySource.get(source);
  if (compiled === undefined) {
    assertSmallPattern(source);
    compiled = RE2JS.compile(`^(?s:${source})$`);
    if (compiledBySource.size >= MAX_COMPILED) compiledBySource.clear();
    compiledBySource.set(source, compiled);
  }
  return compiled;
}

/**
 * Test without the engine for the forms that most matchers have: `a|b`, `prefix.*`, `.*suffix`, `.*middle.*`, each also
 * with `.+`.
 */
function quickMatch(source: string): ((text: string) => boolean) | undefined {
  const alternatives = source.split("|").map(literalOf);
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
