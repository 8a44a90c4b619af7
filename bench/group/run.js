// Measures threads and processes as one: each measurement in its own process, by turns. Without a filter it writes
// bench/group/RESULTS.md.
//
// `npm run bench:group [-- <words of a case>] [-- --rounds 5] [-- --build <folder>]`
import { runCases } from "../run-cases.js";
import { cases } from "./cases.js";

runCases({
  folder: import.meta.dirname,
  cases,
  unwanted: /^(OTEL_|TACHYMETER_GROUP|NODE_OPTIONS$)/,
  markdown,
});

function markdown({ date, machine: { cpu, cores, platform }, versions, rounds, table }) {
  return `# Threads and processes as one: speed

Made by \`npm run bench:group\` on ${date.slice(0, 10)}: ${cpu}, ${cores} cores, ${platform}, Node.js ${versions.node},
prom-client ${versions["prom-client"]}. Each figure is the median of ${rounds} processes, which take turns. Compare
the ratios: absolute times are those of this machine on that day.

${table}
`;
}
