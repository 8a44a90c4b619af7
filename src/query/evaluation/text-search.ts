// Search for a pattern anywhere in a text, with RE2's syntax and linear time.
import { RE2JS } from "re2js";
import { assertSmallPattern } from "./pattern-size.ts";
import { withGroups } from "./regular-expression.ts";

/** Whether a pattern matches a part of a text. Throws if its syntax is invalid or its size too large. */
export function matchesPart(pattern: string, text: string): boolean {
  return compiled(pattern).matcher(text).find();
}

/**
 * Replaces each part of a text that matches. `template` refers to groups as `$1`, `$name` and `${name}`; an unknown one is
 * empty. Throws as {@link matchesPart}.
 */
export function replaceParts(pattern: string, template: string, text: string): string {
  const expression = compiled(pattern);
  const matcher = expression.matcher(text);
  let result = "";
  let end = 0;
  while (matcher.find()) {
    // An empty match right after another match is left out, as in Go.
    if (matcher.end() === end && matcher.start() === end && end > 0) continue;
    result += text.slice(end, matcher.start());
    result += withGroups(template, expression, matcher);
    end = matcher.end();
  }
  return result + text.slice(end);
}

const MAX_COMPILED = 32;
const compiledByPattern = new Map<string, RE2JS>();

function compiled(pattern: string): RE2JS {
  let expression = compiledByPattern.get(pattern);
  if (expression === undefined) {
    assertSmallPattern(pattern);
    expression = RE2JS.compile(pattern);
    if (compiledByPattern.size >= MAX_COMPILED) compiledByPattern.clear();
    compiledByPattern.set(pattern, expression);
  }
  return expression;
}
