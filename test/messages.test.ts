import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { filesUnder, messagesIn } from "./words.js";

const repository = resolve(import.meta.dirname, "..");

// One file in which all of them can be read together; `-u` accepts a change.
test("the messages of the product, of three words and more, are those of the table", async () => {
  const chapters = ["src", "instrumentations"]
    .flatMap((folder) => filesUnder(join(repository, folder)))
    .filter((file) => file.endsWith(".ts"))
    .toSorted()
    .flatMap((file) => {
      const messages = messagesIn(file, readFileSync(file, "utf8"));
      if (messages.length === 0) return [];
      return [[file.slice(repository.length + 1), ...messages.map((message) => `  ${message}`)].join("\n")];
    });
  expect(chapters.length).toBeGreaterThan(100);
  await expect(`${chapters.join("\n\n")}\n`).toMatchFileSnapshot("messages.txt");
});

test("the pages that messages name exist", () => {
  const sources = ["src", "instrumentations"].flatMap((folder) => filesUnder(join(repository, folder)));
  const named = sources.flatMap(
    (file) => readFileSync(file, "utf8").match(/tachymeter\/docs\/[\w-]+\.md/g) ?? [],
  );
  const pages = [...new Set(named)].map((page) => basename(page));
  expect(pages).toContain("configuration.md");
  expect(pages.filter((page) => !existsSync(join(repository, "docs", page)))).toEqual([]);
});
