/**
 * Attribute processors that depend on keys alone: upstream's allow and deny lists. A stream with only such processors
 * is filtered by key, once per series. Their names may have the wildcards `*` (any characters) and `?` (any one
 * character). All other processors run on each recording.
 */
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";

export type KeyTest = (key: string) => boolean;

/** The processor's filter by key, if its lists are in the private fields of upstream's processors. */
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

// Characters that are special in regular expressions, except for the wildcards `*` and `?`.
const SPECIAL = /[\\^$.+()[\]{}|]/g;

export function hasWildcard(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("?");
}

/** Test for names that match `pattern`, in which `*` is any characters, also none, and `?` is any one character. */
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
