import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { INSTRUMENTATIONS } from "../../instrumentations/index.ts";
import { expect, test } from "vitest";
import { instrumentationsPage } from "./page.ts";
import { instrumentationFolders, readReadme } from "./readmes.ts";

const page = resolve(import.meta.dirname, "../../docs/instrumentations.md");
const readmes = instrumentationFolders().map(readReadme);

test("each instrumentation has a folder with its name, and each folder is an instrumentation", () => {
  expect(readmes.map(({ name }) => name).toSorted()).toEqual(Object.keys(INSTRUMENTATIONS).toSorted());
});

test.each(readmes)("the README of $folder has all the common parts", (readme) => {
  expect(readme.title).toBe(readme.name);
  expect(readme.summary).not.toBe("");
  expect(readme.supported).not.toBe("");
  expect(readme.metrics).not.toEqual([]);
  expect(readme.sections).toEqual(["Metrics", "Attributes", "Options", "Limits", "How it works"]);
});

test("the page on instrumentations has the tables and the chapters of the READMEs", async () => {
  const generated = instrumentationsPage(readFileSync(page, "utf8"), readmes);
  await expect(generated, "npm run docs:pages writes it").toMatchFileSnapshot(page);
});

test("a link in a chapter has the target that it has in the README", () => {
  const text =
    "# ws\n\n[a](../redis/README.md) [b](../../docs/host.md#disks) [c](https://example.org) [d](#x)\n\n## Options\n";
  const readme = { ...readmes[0]!, folder: "ws", text };
  const parts = ["libraries", "metrics", "chapters"];
  const empty = parts.map((name) => `<!-- ${name} of the READMEs --><!-- end of ${name} -->`).join("\n");
  const generated = instrumentationsPage(empty, [readme]);
  expect(generated).toContain(
    "### ws\n\n[a](#redis) [b](host.md#disks) [c](https://example.org) [d](#x)\n\n#### Options\n",
  );
});
