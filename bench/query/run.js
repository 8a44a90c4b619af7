// Compares our evaluation of PromQL with that of the real Prometheus 3, on the same samples, by turns. Without a filter
// it writes bench/query/RESULTS.md.
//
// `npm run bench:query [-- <words of a case>] [-- --rounds 5] [-- --build <folder>]`
import { runCases } from "../run-cases.js";
import { cases } from "./cases.js";

runCases({ folder: import.meta.dirname, cases, unwanted: /^(OTEL_|TACHYMETER_|NODE_OPTIONS$)/, markdown });

function markdown({ date, machine: { cpu, cores, platform }, versions, rounds, table }) {
  return `# PromQL: speed

Made by \`npm run bench:query\` on ${date.slice(0, 10)}: ${cpu}, ${cores} cores, ${platform}, Node.js ${versions.node}. Each
figure is the median of ${rounds} processes, which take turns. The time of Prometheus 3 is that of its engine, from its own
statistics, without HTTP and JSON. Ours is that of \`query\` or \`queryRange\`, with parsing. Both have the samples in memory.
Prometheus decodes them from its chunks, ours are in plain columns. Compare the ratios: absolute times are those of this
machine on that day.

${table}
`;
}
