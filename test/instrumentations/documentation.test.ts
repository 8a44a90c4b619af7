import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { INSTRUMENTATION_NAMES } from "../../src/options/index.ts";
import { expect, test } from "vitest";
import { instrumentationFolders, type Readme, readReadme } from "./readmes.ts";

const chapter = resolve(import.meta.dirname, "../../docs/instrumentations.md");
const readmes = instrumentationFolders().map(readReadme);

test("each instrumentation has a folder with its name, and each folder is an instrumentation", () => {
  expect(readmes.map(({ name }) => name).toSorted()).toEqual(INSTRUMENTATION_NAMES.toSorted());
});

test.each(readmes)("the README of $folder has all the common parts", (readme) => {
  expect(readme.title).toBe(readme.name);
  expect(readme.summary).not.toBe("");
  expect(readme.supported).not.toBe("");
  expect(readme.metrics).not.toEqual([]);
  expect(readme.sections).toEqual(["Metrics", "Attributes", "Options", "Limits", "How it works"]);
});

// Updated by `npm run vitest -- test/instrumentations/documentation.test.ts --update`.
test("the chapter's tables match the READMEs", async () => {
  const text = readFileSync(chapter, "utf8");
  const generated = [
    ["hooks", instrumentationTable(readmes)],
    ["metrics", metricTable(readmes)],
  ].reduce((document, [name = "", table = ""]) => withTable(document, name, table), text);
  await expect(generated).toMatchFileSnapshot(chapter);
});

function withTable(document: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} of the READMEs -->`, `<!-- end of ${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the chapter has no place for the table of ${name}`);
  return `${document.slice(0, from)}${begin}\n\n${table}\n\n${document.slice(to)}`;
}

function instrumentationTable(all: readonly Readme[]): string {
  const rows = all.map(
    ({ folder, name, summary, supported }) =>
      `| [\`${name}\`](../instrumentations/${folder}/README.md) | ${summary} | ${supported} |`,
  );
  return ["| name | what it measures | supported |", "|---|---|---|", ...rows].join("\n");
}

function metricTable(all: readonly Readme[]): string {
  const byMetric = new Map<string, { readonly instrument: string; readonly by: string[] }>();
  for (const { name: instrumentation, metrics } of all) {
    for (const { name, instrument } of metrics) {
      const known = byMetric.get(name) ?? { instrument, by: [] };
      if (known.instrument !== instrument)
        throw new Error(`${name} is ${instrument} in ${instrumentation}, not ${known.instrument}`);
      known.by.push(`\`${instrumentation}\``);
      byMetric.set(name, known);
    }
  }
  const rows = [...byMetric]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `| \`${name}\` | ${each.instrument} | ${each.by.join(", ")} |`);
  return ["| OTel name | instrument, unit | by |", "|---|---|---|", ...rows].join("\n");
}
