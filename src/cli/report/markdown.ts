// A report in Markdown.
import type { Report } from "./document.ts";
import { headingOf, type Section, sectionsOf } from "./sections.ts";

/** The report as GitHub, GitLab and most others show it. */
export function markdownOf(report: Report): string {
  const [title, about] = headingOf(report).map(escaped);
  return [`# ${title}`, about, ...sectionsOf(report).flatMap(markdownOfSection)]
    .map((part) => `${part}\n`)
    .join("\n");
}

function markdownOfSection({ title, columns, rows, nothing }: Section): string[] {
  if (rows.length === 0) return [`## ${title}`, escaped(nothing)];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    line(columns.map((column) => column.title)),
    line(columns.map(({ isNumber = false }) => (isNumber ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(escaped))),
  ];
  return [`## ${title}`, table.join("\n")];
}

// What comes from attributes must neither end a cell nor become markup.
function escaped(text: string): string {
  return text.replaceAll(/\p{Control}+/gu, " ").replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}
