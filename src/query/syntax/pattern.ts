// Regular expressions of matchers, as far as the parser needs them: whether one is valid, and matches the empty string.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { LargePatternError } from "../evaluation/pattern-size.ts";
import { textTest } from "../evaluation/regular-expression.ts";

const MAX_MESSAGE = 100;
const MAX_PLAIN = 1_000;
// Patterns of these parts alone are valid, and mean the same in JavaScript as in RE2.
const PLAIN = /^(?:[\w :/,;=<>&%#@!~"'-]|\.[*+]?|\|)*$/;

/** Defect of a pattern, and how to correct it. */
export interface PatternProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** Returns the defect of a pattern, or `undefined` if it is valid and small enough. */
export function problemOfPattern(pattern: string): PatternProblem | undefined {
  if (pattern.length <= MAX_PLAIN && PLAIN.test(pattern)) return undefined;
  try {
    textTest(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof LargePatternError) return error;
    const message = errorMessage(error).replace(/^error parsing regexp: /, "");
    const problem = shownText(message).slice(0, MAX_MESSAGE);
    return { problem, remedy: "write it in RE2's syntax" };
  }
}

/** Whether a valid pattern matches the empty string. */
export function matchesEmpty(pattern: string): boolean {
  return pattern.length <= MAX_PLAIN && PLAIN.test(pattern)
    ? new RegExp(`^(?:${pattern})$`).test("")
    : textTest(pattern)("");
}
