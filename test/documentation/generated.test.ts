// Parts of documents that `npm run docs:pages` writes.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { INSTRUMENTATIONS } from "../../instrumentations/index.ts";
import { CATALOGUE } from "../../src/alerts/monitors/monitor-groups.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const instrumentations = `${Object.keys(INSTRUMENTATIONS).length}`;
const monitors = `${[...CATALOGUE.values()].flat().length}`;
const OF_INSTRUMENTATIONS =
  /\d+(?= instrumentations)|(?<=instrumentations (?:of its own|for metrics) \| )\d+/g;
const OF_MONITORS = /\d+(?= monitors)/g;

test.each([
  ["package.json", 1, 0],
  ["README.md", 2, 1],
  ["docs/comparison.md", 1, 0],
])("%s has the number of instrumentations, and the README that of monitors", async (file, times, further) => {
  const text = read(file);
  expect(text.match(OF_INSTRUMENTATIONS)).toHaveLength(times);
  expect(text.match(OF_MONITORS) ?? []).toHaveLength(further);
  await expect(counted(text), "npm run docs:pages writes it").toMatchFileSnapshot(join(root, file));
});

test("llms.txt has the list of documents, with their paths in the package", async () => {
  const manifest: { description: string; files: string[] } = JSON.parse(counted(read("package.json")));
  const text = read("docs/index.md")
    .replace(/^# Documentation$/m, `# Tachymeter\n\n> ${manifest.description}`)
    .replaceAll(/\]\((?!\.\.\/|https?:)/g, "](docs/")
    .replaceAll("](../", "](");
  await expect(text, "npm run docs:pages writes it").toMatchFileSnapshot(join(root, "llms.txt"));
  const linked = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, path = ""]) => path);
  expect(linked.length).toBeGreaterThan(30);
  expect(linked.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(manifest.files).toContain("llms.txt");
});

function counted(text: string): string {
  return text.replaceAll(OF_INSTRUMENTATIONS, instrumentations).replaceAll(OF_MONITORS, monitors);
}
