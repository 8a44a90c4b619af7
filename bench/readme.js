// node bench/readme.js
//
// Replaces the text between `<!-- bench -->` and `<!-- /bench -->` in README.md and docs/prometheus.md by tables made
// from results.json.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cases } from "./cases.js";
import { casesTable } from "./report.js";

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

// what | tachymeter | upstream | prom-client: names in results.json
const table = `
\`add\` on a bound counter, or without attributes | bound add, tachymeter | add without attributes, upstream | inc without labels, prom-client
\`add\` with three attributes, 100 series | add of 3 attributes, 100 series, tachymeter | add of 3 attributes, 100 series, upstream | add of 3 attributes, 100 series, prom-client
\`record\` with three attributes | record of 3 attributes, tachymeter | record of 3 attributes, upstream | observe of 3 labels, prom-client
memory of a histogram's series | memory, histogram, tachymeter | memory, histogram, upstream | memory, histogram, prom-client
a scrape of 100,000 series over HTTP | scrape over HTTP, tachymeter | scrape over HTTP, upstream | scrape over HTTP, prom-client
`;

const results = JSON.parse(readFileSync(join(import.meta.dirname, "results.json"), "utf8"));
const scrapes = cases.filter(({ topic }) => topic.startsWith("Prometheus"));
fill("README.md", speed());
fill("docs/prometheus.md", casesTable(scrapes, results.measured));

function fill(document, content) {
  const file = join(import.meta.dirname, "..", document);
  const text = readFileSync(file, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`${file} must contain "${BEGIN}" before "${END}"; restore them`);
  writeFileSync(file, `${text.slice(0, begin)}${BEGIN}\n${content}\n${text.slice(end)}`);
}

function speed() {
  const { date, machine, versions, rounds } = results;
  const rows = table.trim().split("\n").map(row);
  return `| | Tachymeter | OTel's SDK | \`prom-client\` | ratio to each |
|---|---|---|---|---|
${rows.join("\n")}

Medians of ${rounds} processes each, ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, Node.js ${versions.node},
\`sdk-metrics\` ${versions["@opentelemetry/sdk-metrics"]}, \`prom-client\` ${versions["prom-client"]}. Compare the ratios.`;
}

function row(line) {
  const [what, ...names] = line.split("|").map((cell) => cell.trim());
  const [ours, ...others] = names.map((name) => (name === "" ? undefined : measured(name)));
  const cells = [ours, ...others].map((each) => (each === undefined ? "" : amount(each)));
  const ratios = others.flatMap((each) =>
    each === undefined ? [] : `${digits(each.median / ours.median, 2)} ×`,
  );
  return `| ${what} | ${cells.join(" | ")} | ${ratios.join(", ")} |`;
}

function measured(name) {
  const found = results.measured[name];
  if (found === undefined) throw new Error(`results.json has no measurement "${name}"; run npm run bench`);
  return found;
}

function amount({ median, unit }) {
  return `${digits(median, 3)} ${unit}`;
}

function digits(number, significant) {
  if (number >= 10 ** (significant - 1)) return Math.round(number).toLocaleString("en");
  return String(Number(number.toPrecision(significant)));
}
