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

test("a hidden set-up block runs at the beginning of the example after it", () => {
  const document = [
    "<!-- setup",
    "```js",
    "const queue = [1];",
    "```",
    "-->",
    "",
    "```js",
    "console.log(queue.length);",
    "```",
    "```text output",
    "1",
    "```",
  ].join("\n");
  expect(markdownBlocks(document)).toEqual([
    {
      line: 7,
      language: "js",
      text: "const queue = [1];\nconsole.log(queue.length);\n",
      file: undefined,
      until: undefined,
      output: "1\n",
    },
  ]);
});

test("a hidden block is written to its file, and a hidden sh block is run by itself", () => {
  const document = [
    "<!-- setup",
    "```js file=server.mjs",
    "listen();",
    "```",
    '```sh until="listening"',
    "node server.mjs",
    "```",
    "-->",
    "```js",
    "request();",
    "```",
  ].join("\n");
  expect(markdownBlocks(document).map(({ text, file, until }) => [text, file, until])).toEqual([
    ["listen();\n", "server.mjs", undefined],
    ["node server.mjs\n", undefined, "listening"],
    ["request();\n", undefined, undefined],
  ]);
});

test.each([
  ["no example after it", "<!-- setup\n```js\n```\n-->\n"],
  ["an example in another language after it", "<!-- setup\n```js\n```\n-->\n```ts\n```\n"],
  ["another set-up block after it", "<!-- setup\n```js\n```\n```js\n```\n-->\n```js\n```\n"],
])("a set-up block with %s is an error", (_, document) => {
  expect(() => markdownBlocks(document)).toThrow("line 2: this set-up block must come before a js block");
});

test("a set-up block that ends its own comment is an error", () => {
  const document = "<!-- setup\n```js\nwhile (n --> 0);\n```\n-->\n```js\n```\n";
  expect(() => markdownBlocks(document)).toThrow('line 3: "-->" ends the comment');
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
