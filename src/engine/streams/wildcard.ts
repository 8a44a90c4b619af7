// `*` stands for any characters, none included, `?` for any one: what selectors and attribute lists match with.
const SPECIAL = /[\\^$.+()[\]{}|]/g;

/** Whether `pattern` may match more than one name. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("?");
}

/** A test for names that `pattern` matches: letter by letter, but for `*` (any characters) and `?` (any one). */
export function wildcardTest(pattern: string): (name: string) => boolean {
  if (pattern === "*") return () => true;
  if (!hasWildcard(pattern)) return (name) => name === pattern;
  const source = pattern.replaceAll(SPECIAL, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "su");
  return (name) => expression.test(name);
}

/** A test for names that any of `patterns` matches. */
export function anyWildcardTest(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !hasWildcard(pattern)));
  const tests = patterns.filter(hasWildcard).map(wildcardTest);
  return tests.length === 0
    ? (name) => exact.has(name)
    : (name) => exact.has(name) || tests.some((test) => test(name));
}
