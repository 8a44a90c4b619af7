import { expect, test } from "vitest";
import { isAsShown, markdownBlocks } from "./markdown-blocks.ts";

test("a document's js, ts and sh blocks are found, each with the output that follows it", () => {
  const document = [
    "```js",
    "console.log(1);",
    "```",
    "",
    "```text output",
    "1",
    "```",
    "```ts file=app.ts",
    "export {};",
    "```",
    "```console",
    "$ never run",
    "```",
    '```sh until="is listening"',
    "node app.js",
    "```",
  ].join("\n");
  expect(markdownBlocks(document)).toEqual([
    { line: 1, language: "js", text: "console.log(1);\n", file: undefined, until: undefined, output: "1\n" },
    { line: 8, language: "ts", text: "export {};\n", file: "app.ts", until: undefined, output: undefined },
    {
      line: 14,
      language: "sh",
      text: "node app.js\n",
      file: undefined,
      until: "is listening",
      output: undefined,
    },
  ]);
});

test("a misspelt attribute and an open fence are errors", () => {
  expect(() => markdownBlocks("```js name=app.js\n```")).toThrow('line 1: "name=app.js" is neither');
  expect(() => markdownBlocks("text\n```js\n")).toThrow("line 2: the fence is never closed");
});

test.each([
  ["one\ntwo\n", "one\ntwo\n", true],
  ["one\ntwo", "one\n", false],
  ["took 17 ms (a+b)", "took … ms (a+b)", true],
  ["took 17 ms\nlater", "took …", false],
  ["first\n1\n2\nlast", "first\n…\nlast", true],
  ["first\nlast", "first\n…\nlast", true],
  ["first\n1\n2", "first\n…", true],
  ["first\n1\nlost", "first\n…\nlast", false],
])("the output %j matches the shown output %j: %s", (text, shown, expected) => {
  expect(isAsShown(text, shown)).toBe(expected);
});
