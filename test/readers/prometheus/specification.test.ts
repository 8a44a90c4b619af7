import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentText, rowsOfTable, testsIn, unknownTests } from "../../kit/specification-table.ts";

const matrix: { name: string; js: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "compliance-matrix.json"), "utf8"),
);
const document = documentText("prometheus.md");
const rows = rowsOfTable(document, "| Row | JS |");
const further = rowsOfTable(document, "| Requirement | Level |");

test("the document has every row of the matrix for Prometheus exporters, with JavaScript's own claim", () => {
  expect(rows.map(([name, js]) => ({ name, js }))).toEqual(matrix);
});

test("every such row states the behaviour, and names a test if something is implemented", () => {
  const lacking = rows.filter(
    ([, , ours, how, tests]) => !how || !(ours === "–" || (ours === "+" && testsIn(tests).length > 0)),
  );
  expect(lacking).toEqual([]);
  expect(
    further.filter(([, strength, how]) => !how || !/^(?:MUST|SHOULD)(?: NOT)?$/.test(strength!)),
  ).toEqual([]);
  expect(further.length).toBeGreaterThan(10);
});

test("every test named in the Prometheus document exists", () => {
  const named = [...rows, ...further].flatMap((row) => testsIn(row.at(-1)));
  expect(unknownTests(named)).toEqual([]);
  expect(named.length).toBeGreaterThan(matrix.length);
});
