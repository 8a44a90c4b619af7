import { expect, test } from "vitest";
import { fittedText, glyphsOf, textWidth } from "../../src/cli/text-width.ts";

test.each([
  ["plain", 5],
  ["漢字", 4],
  ["한국", 4],
  ["ｗｉｄｅ", 8],
  ["e\u0301tude", 5],
  ["\u0301", 0],
  ["a\u200bb", 2],
  ["😀", 2],
  ["👩\u200d🚀", 2],
  ["⣿█─", 3],
  ["", 0],
])("the width of %j is %i", (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test.each([
  ["abcdef", 6, "abcdef"],
  ["abcdef", 5, "abcd…"],
  ["漢字漢字", 8, "漢字漢字"],
  ["漢字漢字", 7, "漢字漢…"],
  ["漢字漢字", 6, "漢字…"],
  ["ab", 1, "…"],
  ["ab", 0, ""],
])("%j in %i columns is %j", (text, columns, fitted) => {
  expect(fittedText(text, columns)).toBe(fitted);
  expect(textWidth(fitted)).toBeLessThanOrEqual(columns);
});

test("control characters are escaped, and hundreds of marks on a character are not drawn", () => {
  expect([...glyphsOf("a\u001b[2J\u202e")].map(({ text }) => text).join("")).toBe(
    String.raw`a\u001b[2J\u202e`,
  );
  const [glyph] = glyphsOf(`z${"\u0307".repeat(500)}`);
  expect(glyph?.text).toHaveLength(4);
});
