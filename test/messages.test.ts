import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
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
