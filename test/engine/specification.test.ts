import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { differences } from "./differential/differences.ts";

const repository = join(import.meta.dirname, "..", "..");
const matrix: { name: string; js: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "compliance-matrix.json"), "utf8"),
);

const document = readFileSync(join(repository, "docs", "specification.md"), "utf8");
// The rows of the table: the matrix' words, JavaScript's claim, ours, how, and the tests.
const rows = document
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| Row "))
  .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "").trim()));

test("the document has every row of the compliance matrix, with JavaScript's own claim", () => {
  expect(rows.map(([name, js]) => ({ name, js }))).toEqual(matrix);
});

test("every row says what we do, and names a test unless it is not done", () => {
  const lacking = rows.filter(
    ([, , ours, how, tests]) => !how || !(ours === "–" || (ours === "+" && testsIn(tests).length > 0)),
  );
  expect(lacking).toEqual([]);
});

test("the document lists every difference from upstream, and no other", () => {
  const listed = [...document.matchAll(/^- ((?:(?!\.\s)[\s\S])+)\./gm)].map(([, name]) =>
    name!.replaceAll(/\s+/g, " "),
  );
  expect(listed.toSorted()).toEqual(differences.map(({ name }) => name).toSorted());
});

test("every test that the document names is one of ours", () => {
  const titles = testTitles();
  const named = rows.flatMap(([, , , , tests]) => testsIn(tests));
  expect(named.filter((name) => !titles.some((title) => title.test(name)))).toEqual([]);
  expect(named.length).toBeGreaterThan(matrix.length / 2);
});

function testsIn(cell = ""): string[] {
  return [...cell.matchAll(/“([^”]+)”/g)].map(([, name]) => name!);
}

// The titles of all tests, as patterns: what a table of cases fills in is anything.
function testTitles(): RegExp[] {
  const folder = join(repository, "test");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(folder, file), "utf8");
    const titles = source.matchAll(/(?:\btest(?:\.\w+)?\(|\)\()\s*(["`])((?:(?!\1).)+)\1/g);
    return [...titles].map(([, , title]) => {
      const parts = title!.split(/%[sdj]|\$\{[^}]*\}|\$\w+/);
      return new RegExp(
        `^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".+")}$`,
      );
    });
  });
}
