import { expect, test } from "vitest";
import { KeyParser } from "../../../src/cli/top/terminal/keys.ts";

function keysIn(...parts: readonly string[]): readonly string[] {
  const parser = new KeyParser();
  return [...parts.flatMap((part) => parser.feed(part)), ...parser.flush()];
}

test.each([
  ["\u001b[A", "up"],
  ["\u001bOB", "down"],
  ["\u001b[C", "right"],
  ["\u001b[D", "left"],
  ["\u001b[1;5A", "up"],
  ["\u001b[H", "home"],
  ["\u001b[1~", "home"],
  ["\u001bOF", "end"],
  ["\u001b[4~", "end"],
  ["\u001b[5~", "page-up"],
  ["\u001b[6~", "page-down"],
  ["\u001bOP", "f1"],
  ["\u001b[11~", "f1"],
  ["\u001b[[A", "f1"],
  ["\u001b[17~", "f6"],
  ["\u001b[21~", "f10"],
  ["\u001b[Z", "back-tab"],
  ["\t", "tab"],
  ["\r", "enter"],
  ["\u007f", "backspace"],
  ["\b", "backspace"],
  ["\u0003", "ctrl-c"],
  ["\u001a", "ctrl-z"],
  ["\u001b", "escape"],
  ["字", "字"],
  ["😀", "😀"],
])("%j is the key %s", (text, key) => {
  expect(keysIn(text)).toEqual([key]);
});

test("a sequence may arrive in parts, and several keys at once", () => {
  expect(keysIn("\u001b", "[", "5", "~")).toEqual(["page-up"]);
  expect(keysIn("jj\u001b[Bq")).toEqual(["j", "j", "down", "q"]);
  expect(keysIn("\u001b\u001b[A")).toEqual(["escape", "up"]);
});

test("unknown sequences and control characters are ignored", () => {
  expect(keysIn("\u001b[200~\u001b[?1;2c\u001b[I\u0001x")).toEqual(["x"]);
});
