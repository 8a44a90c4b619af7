import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentText, rowsOfTable, testsIn, unknownTests } from "../kit/specification-table.ts";
import { differences } from "./differential/differences.ts";

const matrix: { name: string; js: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "compliance-matrix.json"), "utf8"),
);

const document = documentText("specification.md");
// Columns: the matrix' words, JavaScript's claim, ours, how, and the tests.
const rows = rowsOfTable(document, "| Row | JS |");

test("the document has every row of the compliance matrix, with JavaScript's own claim", () => {
  expect(rows.map(([name, js]) => ({ name, js }))).toEqual(matrix);
});

test("every row has our claim, and names a test unless it is not done", () => {
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
  const named = rows.flatMap(([, , , , tests]) => testsIn(tests));
  expect(unknownTests(named)).toEqual([]);
  expect(named.length).toBeGreaterThan(matrix.length / 2);
});
