import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "./kit/source-imports.ts";

const repository = join(import.meta.dirname, "..");
const OPENING = "src/io/files/open-file.ts";
const sources = sourceFiles("src", "instrumentations").map((file) => ({
  file,
  text: readFileSync(join(repository, file), "utf8"),
}));

test("no folder is made with its parents by Node.js, which never returns for a path in /proc", () => {
  const recursive = sources.filter(({ text }) => /\bmkdir(?:Sync)?\([^;]*?\brecursive\b/.test(text));
  expect(recursive.map(({ file }) => file)).toEqual([]);
  const makers = sources.filter(({ text }) => /\bmkdir(?:Sync)?\(\w+, \{ mode \}/.test(text));
  expect(makers.map(({ file }) => file)).toEqual([OPENING]);
});
