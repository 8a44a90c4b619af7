import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { filesUnder } from "./words.js";

const repository = resolve(import.meta.dirname, "..");

test("the pages that messages name exist", () => {
  const sources = ["src", "instrumentations"].flatMap((folder) => filesUnder(join(repository, folder)));
  const named = sources.flatMap(
    (file) => readFileSync(file, "utf8").match(/tachymeter\/docs\/[\w-]+\.md/g) ?? [],
  );
  const pages = [...new Set(named)].map((page) => basename(page));
  expect(pages).toContain("configuration.md");
  expect(pages.filter((page) => !existsSync(join(repository, "docs", page)))).toEqual([]);
});
