// Patterns with the wildcards `*` (any characters, also none) and `?` (any one character).

// Characters that are special in regular expressions, except for the wildcards.
const SPECIAL = /[\\^$.+()[\]{}|]/g;

export function hasWildcard(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("?");
}

/** Test for texts that match `pattern`. Its time is proportional to the text's length for each `*`. */
export function wildcardTest(pattern: string): (text: string) => boolean {
  if (pattern === "*") return () => true;
  if (!hasWildcard(pattern)) return (text) => text === pattern;
  return orderedTest(pattern.replaceAll(SPECIAL, "\\$&").replaceAll("?", ".").split("*"));
}

/**
 * Test for texts that consist of these parts, with any characters between two. Each is the source of a regular expression
 * with a fixed number of characters.
 */
export function orderedTest([first = "", ...rest]: readonly string[]): (text: string) => boolean {
  const last = rest.pop();
  // The first place of each part between two `*` is the right one, if any is. A lookahead does not try the others.
  const between = rest.map((part, i) => `(?=(.*?${part}))\\${i + 1}`);
  const end = last === undefined ? "" : `.*${last}`;
  const expression = new RegExp(`^${first}${between.join("")}${end}$`, "su");
  return (text) => expression.test(text);
}

export function anyWildcardTest(patterns: readonly string[]): (text: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !hasWildcard(pattern)));
  const tests = patterns.filter(hasWildcard).map(wildcardTest);
  return tests.length === 0
    ? (text) => exact.has(text)
    : (text) => exact.has(text) || tests.some((test) => test(text));
}
