// The table of docs/applications.md.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = "docs/applications.md";
const [START, END] = ["<!-- applications -->\n", "<!-- end -->"];

/** The rows as a table in Markdown. */
export function tableOf(rows) {
  const lines = rows.map(({ application, bare, flagged, series, problems }) => {
    const [[name, version]] = Object.entries(application.packages);
    const start = ["processorMillis", "memory"].map((figure) =>
      bare === undefined ? "–" : [bare, flagged].map((runs) => least(runs, figure)).join(" → "),
    );
    const result = problems.length === 0 ? "the same" : `${new Set(problems).size} differences`;
    return `| ${application.title} (\`${name}\` ${version}) | ${result} | ${application.measured} | ${series ?? "–"} | ${start.join(" | ")} |`;
  });
  return [
    "| Application | Responses, output, end | Measured | Series | Start, ms of processor time | Memory, MiB |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** Writes the table to its document. */
export function updateTable(rows) {
  const text = readFileSync(FILE, "utf8");
  const [before, after] = [text.indexOf(START) + START.length, text.indexOf(END)];
  writeFileSync(FILE, `${text.slice(0, before)}\n${tableOf(rows)}\n\n${text.slice(after)}`);
}

function least(runs, figure) {
  return Math.round(Math.min(...runs.map(({ start }) => start[figure])));
}
