// The table of docs/applications.md.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = "docs/applications.md";
const [START, END] = ["<!-- applications -->\n", "<!-- end -->"];

/** The rows as a table in Markdown. */
export function tableOf(rows) {
  return tableWith(rows.map((row) => lineOf(row)));
}

/** Writes the rows to the table of the document, in place of its lines for the same applications. */
export function updateTable(rows) {
  const text = readFileSync(FILE, "utf8");
  const [before, after] = [text.indexOf(START) + START.length, text.indexOf(END)];
  const known = text
    .slice(before, after)
    .split("\n")
    .filter((line) => line.endsWith(" |"));
  const lines = new Map(
    [...known.slice(2), ...rows.map((row) => lineOf(row))].map((line) => [titleOf(line), line]),
  );
  const sorted = [...lines.values()].toSorted((a, b) => a.localeCompare(b, "en"));
  writeFileSync(FILE, `${text.slice(0, before)}\n${tableWith(sorted)}\n\n${text.slice(after)}`);
}

function titleOf(line) {
  return line.slice(0, line.indexOf(" (`"));
}

function lineOf({ application, bare, flagged, series, problems }) {
  const [[name, version]] = Object.entries(application.packages);
  const start = ["processorMillis", "memory"].map((figure) =>
    bare === undefined ? "–" : [bare, flagged].map((runs) => least(runs, figure)).join(" → "),
  );
  const result = problems.length === 0 ? "the same" : `${new Set(problems).size} differences`;
  return `| ${application.title} (\`${name}\` ${version}) | ${result} | ${application.measured} | ${series ?? "–"} | ${start.join(" | ")} |`;
}

function tableWith(lines) {
  return [
    "| Application | Responses, output, end | Measured | Series | Start, ms of processor time | Memory, MiB |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

function least(runs, figure) {
  return Math.round(Math.min(...runs.map(({ start }) => start[figure])));
}
