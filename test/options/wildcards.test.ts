import fc from "fast-check";
import { expect, test } from "vitest";
import { wildcardTest } from "../../src/options/wildcards.ts";

test("wildcards match as the plain regular expression does", () => {
  const plain = (pattern: string): RegExp =>
    new RegExp(`^${pattern.replaceAll(/[.(]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "b", "1", ".", "(", "*", "?", "/") }),
      fc.string({ unit: fc.constantFrom("a", "b", "1", ".", "(", "/", "\n", "😀") }),
      (pattern, text) => {
        expect(wildcardTest(pattern)(text)).toBe(plain(pattern).test(text));
      },
    ),
  );
});

// The plain regular expression takes minutes.
test("a long text is searched once for each part of the pattern", () => {
  const isMatch = wildcardTest("/a/*/b/*/b/*/c");
  expect(isMatch(`/a/${"/b/".repeat(5_000)}`)).toBe(false);
  expect(isMatch(`/a/${"/b/".repeat(5_000)}/c`)).toBe(true);
});
