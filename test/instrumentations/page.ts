/** The generated parts of docs/instrumentations.md: two tables, and a chapter for each README. */
import { posix } from "node:path";
import type { Readme } from "./readmes.ts";

/** The page with its generated parts made from `readmes`. */
export function instrumentationsPage(page: string, readmes: readonly Readme[]): string {
  const parts = {
    libraries: libraryTable(readmes),
    metrics: metricTable(readmes),
    chapters: chapters(readmes),
  };
  return Object.entries(parts).reduce((text, [name, part]) => withPart(text, name, part), page);
}

function withPart(page: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} of the READMEs -->`, `<!-- end of ${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no "${begin}" before an "${end}" in the page; add them`);
  return `${page.slice(0, from)}${begin}\n\n${part}\n\n${page.slice(to)}`;
}

// The links of a summary are in its chapter.
function libraryTable(readmes: readonly Readme[]): string {
  const rows = readmes.map(({ name, summary, supported }) => {
    const measured = summary.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");
    return `| [\`${name}\`](#${name}) | ${measured} | ${supported} |`;
  });
  return ["| name | measured | supported |", "|---|---|---|", ...rows].join("\n");
}

function metricTable(readmes: readonly Readme[]): string {
  const byMetric = new Map<string, { readonly instrument: string; readonly by: string[] }>();
  for (const { name: instrumentation, metrics } of readmes) {
    for (const { name, instrument } of metrics) {
      const known = byMetric.get(name) ?? { instrument, by: [] };
      if (known.instrument !== instrument)
        throw new Error(`${name} is ${instrument} in ${instrumentation}, not ${known.instrument}`);
      known.by.push(`[\`${instrumentation}\`](#${instrumentation})`);
      byMetric.set(name, known);
    }
  }
  const rows = [...byMetric]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `| \`${name}\` | ${each.instrument} | ${each.by.join(", ")} |`);
  return ["| OTel name | instrument, unit | by |", "|---|---|---|", ...rows].join("\n");
}

// Headings two levels deeper, links from docs/, and a README's link to another README to its chapter.
function chapters(readmes: readonly Readme[]): string {
  return readmes
    .map(({ folder, text }) =>
      text
        .trim()
        .replaceAll(/^#(?=#* )/gm, "###")
        .replaceAll(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, (_, link: string) => `](${linkFromDocs(folder, link)})`),
    )
    .join("\n\n");
}

function linkFromDocs(folder: string, link: string): string {
  const path = posix.join("instrumentations", folder, link);
  const sibling = /^instrumentations\/([^/]+)\/README\.md$/.exec(path)?.[1];
  return sibling === undefined ? posix.relative("docs", path) : `#${sibling.replaceAll("-", "_")}`;
}
