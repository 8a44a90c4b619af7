import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { filesUnder, findingsIn } from "./words.js";

const repository = resolve(import.meta.dirname, "..");
const documents = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"];
const folders = ["src", "instrumentations", "test", "bench", "examples", "docs"];

// Prose that may break a rule: a file, the words in it, and the reason. At most 60.
const exceptions: readonly (readonly [file: string, words: string, reason: string])[] = [
  ["src/cli/report/style.ts", "color-scheme: light dark", "a style sheet, not prose"],
];

test("comments, messages, names of tests and documents keep to the rules of plain words", () => {
  const files = [...folders, ...documents].flatMap((path) => filesUnder(join(repository, path)));
  const findings = files.flatMap((file) => {
    const path = file.slice(repository.length + 1);
    return findingsIn(path, readFileSync(file, "utf8")).map((finding) => ({ path, ...finding }));
  });
  const isException = (path: string, text: string): boolean =>
    exceptions.some(([file, words]) => file === path && text.includes(words));
  const broken = findings.filter(({ path, text }) => !isException(path, text));
  expect(
    broken.map(({ path, line, rule, say, text }) => `${path}:${line}: ${rule} (${say}): ${text}`),
  ).toEqual([]);
});

test("each exception is needed, and there are at most 60", () => {
  const needed = exceptions.filter(([file, words]) =>
    findingsIn(file, readFileSync(join(repository, file), "utf8")).some(({ text }) => text.includes(words)),
  );
  expect(needed).toEqual(exceptions);
  expect(exceptions.length).toBeLessThanOrEqual(60);
});

test.each([
  ["A", "What this file does."],
  ["B", "Returns nothing where the name is unknown."],
  ["B", "Gives the row of a key."],
  ["C", "The port is none of ours."],
  ["D", "A caller is told of it once."],
  ["E", "Whoever asks gets it."],
  ["F", "Keeps so many rows."],
  ["G", "A second unless told otherwise."],
  ["H", "Of an area the sizes are kept."],
  ["I", `A ${"very ".repeat(25)}long sentence.`],
])("a comment that breaks rule %s is found", (rule, comment) => {
  expect(findingsIn("src/x.ts", `// ${comment}\n`).map((finding) => finding.rule)).toContain(rule);
});

test("messages, docstrings, names of tests and paragraphs are read, code is not", () => {
  const rulesIn = (path: string, text: string): string[] => findingsIn(path, text).map(({ rule }) => rule);
  expect(rulesIn("src/x.ts", 'throw new Error("the port is none of ours");')).toEqual(["C"]);
  expect(
    rulesIn("src/x.ts", "/**\n * Reads it; `told` is a name.\n *\n * @throws Error where it fails\n */\n"),
  ).toEqual(["B"]);
  expect(rulesIn("test/x.test.ts", 'test("nobody asks", () => print("nobody asks or answers"));')).toEqual([
    "E",
  ]);
  expect(
    rulesIn("x.md", "It tells\nmore.\n\n```js\nnobody(); // tells\n```\n\n| it gives |\n|---|\n"),
  ).toEqual(["D", "B"]);
});
