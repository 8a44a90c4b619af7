// The cost of `profiles: true`: processes with and without it by turns, idle and busy. Run it on a quiet machine:
// `npm run --silent build && node bench/profiles/run.js [pairs] [seconds]`.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const program = join(import.meta.dirname, "process.js");
const [pairs = 10, seconds = 20] = process.argv.slice(2).map(Number);

for (const load of ["idle", "busy"]) {
  const on = [];
  const off = [];
  for (let pair = 0; pair < pairs; pair++) {
    // Each is the first one as often as the other.
    const order = pair % 2 === 0 ? ["on", "off"] : ["off", "on"];
    for (const profiles of order) (profiles === "on" ? on : off).push(await measured(profiles, load));
  }
  const difference = (figure) => median(on.map((each, index) => each[figure] - off[index][figure]));
  console.log(load, `(${pairs} pairs of ${seconds} s, medians of differences)`);
  console.log(`  processor time: ${(100 * difference("cpuShare")).toFixed(3)} % of a core`);
  console.log(`  memory: ${(difference("rss") / 2 ** 20).toFixed(1)} MiB`);
  if (load === "busy") {
    const ratios = on.map(({ unitsPerSecond }, index) => unitsPerSecond / off[index].unitsPerSecond - 1);
    console.log(`  work done: ${(100 * median(ratios)).toFixed(2)} %`);
  }
}

async function measured(profiles, load) {
  const { stdout } = await run(process.execPath, ["--expose-gc", program, profiles, load, String(seconds)]);
  return JSON.parse(stdout);
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
