// Regular expressions of matchers, as far as the parser needs them: whether one is valid, and matches the empty string.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { regularExpression } from "../evaluation/regular-expression.ts";

const MAX_MESSAGE = 100;
// Patterns of these parts alone are valid, and mean the same in JavaScript as in RE2.
const PLAIN = /^(?:[\w :/,;=<>&%#@!~"'-]|\.[*+]?|\|)*$/;

/** Returns the reason for which a pattern is invalid, or `undefined` if it is valid. */
export function problemOfPattern(pattern: string): string | undefined {
  if (PLAIN.test(pattern)) return undefined;
  try {
    regularExpression(pattern);
    return undefined;
  } catch (error) {
    return shownText(errorMessage(error).replace(/^error parsing regexp: /, "")).slice(0, MAX_MESSAGE);
  }
}

/** Whether a valid pattern matches the empty string. */
export function matchesEmpty(pattern: string): boolean {
  return PLAIN.test(pattern)
    ? new RegExp(`^(?:${pattern})$`).test("")
    : regularExpression(pattern).matches("");
}
