// Reports as GitHub-flavored Markdown.
import { markdownText } from "../../diagnostics/foreign-text.ts";
import { valueText } from "../../page/panels/index.ts";
import { sparkline, type TableColumn } from "../texts.ts";
import type { Report } from "./document.ts";
import { emptyFindingsOf, headingOf, type Section, sectionsOf } from "./sections.ts";

const GRAPH_WIDTH = 30;

/** A report as Markdown, with sparklines. */
export function markdownOf(report: Report): string {
  const [title, about] = headingOf(report).map(markdownText);
  const summary = report.summary.map(({ text }) => `- ${markdownText(text)}`);
  const nothing = emptyFindingsOf(report).map((sentence) => `- ${markdownText(sentence)}`);
  return [
    `# ${title}`,
    about,
    summary.join("\n"),
    ...sectionOf(figures(report)),
    ...sectionsOf(report).flatMap(sectionOf),
    ...(nothing.length === 0 ? [] : ["## Without findings", nothing.join("\n")]),
  ]
    .map((part) => `${part}\n`)
    .join("\n");
}

function figures(report: Report): Section {
  const columns: TableColumn[] = ["Figure", "Whole range", "Max", "Before", "Trend"].map((title, i) => ({
    title,
    isNumber: i > 0 && i < 4,
  }));
  return {
    title: "Figures",
    columns,
    rows: report.figures.map(({ title, series, unit, mean, max, before, course: trend }) => [
      series === "" ? title : `${title}, ${series}`,
      mean === null ? "–" : valueText(mean, unit),
      valueText(max, unit),
      before === null ? "" : valueText(before, unit),
      sparkline(
        trend.map((value) => value ?? undefined),
        GRAPH_WIDTH,
        0,
      ),
    ]),
  };
}

function sectionOf({ title, columns, rows }: Section): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    line(columns.map((column) => column.title)),
    line(columns.map(({ isNumber = false }) => (isNumber ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(markdownText))),
  ];
  return [`## ${title}`, table.join("\n")];
}
