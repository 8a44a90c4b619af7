// Reports as HTML and Markdown.
import { htmlText, markdownText } from "../../diagnostics/foreign-text.ts";
import type { Report } from "./document.ts";
import { headingOf, type Section, sectionsOf } from "./sections.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: 0.35rem 0.75rem 0.35rem 0; text-align: left; vertical-align: top; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
td { overflow-wrap: anywhere; }
`;

/** A self-contained HTML page without scripts. */
export function htmlOf(report: Report): string {
  const [title = "", about = ""] = headingOf(report).map(htmlText);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p>${about}</p>
${sectionsOf(report).map(htmlOfSection).join("\n")}
</body>
</html>
`;
}

function htmlOfSection({ title, columns, rows, nothing }: Section): string {
  if (rows.length === 0) return `<h2>${htmlText(title)}</h2>\n<p>${htmlText(nothing)}</p>`;
  const line = (tag: "td" | "th", cells: readonly string[]): string => {
    const texts = cells.map((cell, i) => {
      const kind = columns[i]?.isNumber === true ? ' class="number"' : "";
      return `<${tag}${kind}>${htmlText(cell)}</${tag}>`;
    });
    return `<tr>${texts.join("")}</tr>`;
  };
  return `<h2>${htmlText(title)}</h2>
<table>
<thead>${line(
    "th",
    columns.map((column) => column.title),
  )}</thead>
<tbody>
${rows.map((row) => line("td", row)).join("\n")}
</tbody>
</table>`;
}

/** GitHub-flavored Markdown. */
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
