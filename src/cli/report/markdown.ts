// A report in Markdown.
import { markdownText } from "../../diagnostics/foreign-text.ts";
import type { Report } from "./document.ts";
import { headingOf, type Section, sectionsOf } from "./sections.ts";

/** The report as GitHub, GitLab and most others show it. */
export function markdownOf(report: Report): string {
  const [title, about] = headingOf(report).map(markdownText);
  return [`# ${title}`, about, ...sectionsOf(report).flatMap(markdownOfSection)]
    .map((part) => `${part}\n`)
    .join("\n");
}

function markdownOfSection({ title, columns, rows, nothing }: Section): string[] {
  if (rows.length === 0) return [`## ${title}`, markdownText(nothing)];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    line(columns.map((column) => column.title)),
    line(columns.map(({ isNumber = false }) => (isNumber ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(markdownText))),
  ];
  return [`## ${title}`, table.join("\n")];
}
