/**
 * The processors that only look at attributes' keys: upstream's allow and deny lists. A stream with nothing but these is
 * filtered by key, decided once a series, and their names may have the wildcards `*` (any characters) and `?` (any one);
 * any other processor of the user's runs on each recording.
 */
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";

export type KeyTest = (key: string) => boolean;

/** The processor's decision by key alone, if its lists are in the private fields where upstream has them. */
export function keyTestOf(processor: IAttributesProcessor): KeyTest | undefined {
  const allowed = namesIn(processor, "_allowedAttributeNames");
  if (allowed !== undefined) return anyWildcardTest(allowed);
  const denied = namesIn(processor, "_deniedAttributeNames");
  if (denied === undefined) return undefined;
  const isDenied = anyWildcardTest(denied);
  return (key) => !isDenied(key);
}

function namesIn(processor: IAttributesProcessor, field: string): readonly string[] | undefined {
  const names: unknown = Reflect.get(processor, field);
  return names instanceof Set ? [...names].filter((name) => typeof name === "string") : undefined;
}

// `*` stands for any characters, none included, `?` for any one: what selectors and attribute lists match with.
const SPECIAL = /[\\^$.+()[\]{}|]/g;

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

export function anyWildcardTest(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !hasWildcard(pattern)));
  const tests = patterns.filter(hasWildcard).map(wildcardTest);
  return tests.length === 0
    ? (name) => exact.has(name)
    : (name) => exact.has(name) || tests.some((test) => test(name));
}
