// Regular expressions of matchers, as far as the parser needs them: whether one is valid, and matches the empty string.
import { RE2JS } from "re2js";

// Patterns of these parts alone mean the same in JavaScript as in RE2.
const PLAIN = /^(?:[\w :/,;=<>&%#@!~"'-]|\.[*+]?|\|)*$/;

/** Returns the reason for which a pattern is invalid, or `undefined` if it is valid. */
export function problemOfPattern(pattern: string): string | undefined {
  if (PLAIN.test(pattern)) return undefined;
  try {
    RE2JS.compile(anchored(pattern));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
  }
}

/** Whether a valid pattern matches the empty string. */
export function matchesEmpty(pattern: string): boolean {
  return PLAIN.test(pattern)
    ? new RegExp(anchored(pattern)).test("")
    : RE2JS.compile(anchored(pattern)).matches("");
}

function anchored(pattern: string): string {
  return `^(?:${pattern})$`;
}
