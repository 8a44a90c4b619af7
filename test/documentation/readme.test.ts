import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { application } from "../kit/packed-project.ts";
import { blocksOf, compilerOptions, documents, repository, testExamples } from "./examples.ts";

test("the README has examples", () => {
  expect(blocksOf("README.md").filter(({ language }) => language === "js").length).toBeGreaterThan(0);
});

test("the README has at most 9,000 bytes", () => {
  expect(readFileSync(join(repository, "README.md")).length).toBeLessThanOrEqual(9_000);
});

testExamples(documents().filter((name) => !name.startsWith("docs/")));

// One compiler for the examples of all documents, each in a folder of its own.
test("the ts examples are well typed", async () => {
  const examples = documents().flatMap((document) =>
    blocksOf(document)
      .filter(({ language }) => language === "ts")
      .map(({ line, file, text }): [string, string] => [`${document}/${file ?? `line-${line}.ts`}`, text]),
  );
  const cwd = await application({
    "package.json": JSON.stringify({ type: "module" }),
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["**/*.ts"] }),
    ...Object.fromEntries(examples),
  });
  const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
  const errors = await promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd }).then(
    () => "",
    (error: { stdout: string }) => error.stdout,
  );
  expect(examples.length).toBeGreaterThan(0);
  expect(errors).toBe("");
});
