import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("llms.txt has the list of documents, with their paths in the package", async () => {
  const { description, files }: { description: string; files: string[] } = JSON.parse(read("package.json"));
  const text = read("docs/index.md")
    .replace(/^# Documentation$/m, `# Tachymeter\n\n> ${description}`)
    .replaceAll(/\]\((?!\.\.\/|https?:)/g, "](docs/")
    .replaceAll("](../", "](");
  await expect(text).toMatchFileSnapshot(join(root, "llms.txt"));
  const linked = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, path = ""]) => path);
  expect(linked.length).toBeGreaterThan(30);
  expect(linked.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(files).toContain("llms.txt");
});
