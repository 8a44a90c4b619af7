import { expect, test } from "vitest";
import { terminalWidth } from "../../src/cli/output.ts";

test.each([
  ["a terminal's", { isTTY: true, columns: 90 }, 90],
  ["unlimited, if a terminal reports 0", { isTTY: true, columns: 0 }, Infinity],
  ["any, in a file", { columns: 90 }, Infinity],
])("a line is as wide as %s", (_, stream, width) => {
  expect(terminalWidth(stream)).toBe(width);
});
