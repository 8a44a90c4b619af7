// node bench/readme.js
//
// Replaces the text between `<!-- bench -->` and `<!-- /bench -->`: in README.md by a table made from baselines/results.json, in
// docs/prometheus.md by one made from results.json.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newestFirst, ROWS, speed } from "./baselines/table.js";
import { cases } from "./cases.js";
import { casesTable } from "./report.js";

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

const scrapes = cases.filter(({ topic }) => topic.startsWith("Prometheus"));
const [newest] = newestFirst(resultsIn("baselines/results.json"));
fill("README.md", speed(newest, ROWS));
fill("docs/prometheus.md", casesTable(scrapes, resultsIn("results.json").measured));

function resultsIn(file) {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8"));
}

function fill(document, content) {
  const file = join(import.meta.dirname, "..", document);
  const text = readFileSync(file, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`${file} must contain "${BEGIN}" before "${END}"; restore them`);
  writeFileSync(file, `${text.slice(0, begin)}${BEGIN}\n${content}\n${text.slice(end)}`);
}
