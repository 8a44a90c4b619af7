// Runs the cases of a folder: each measurement in its own process, by turns, and writes the folder's RESULTS.md.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "./machine.js";
import { casesTable } from "./report.js";
import { environment, measureInRounds } from "./rounds.js";

/**
 * Measures the cases that contain the words of the command line; without words, all of them, and writes the report.
 *
 * @param folder folder with `process.js`, for the report.
 * @param unwanted names of variables that measured processes do not get.
 * @param markdown returns the report of `{ date, machine, versions, rounds, table }`.
 */
export function runCases({ folder, cases, unwanted, markdown }) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string", default: "5" }, build: { type: "string" } },
  });
  const filter = positionals.join(" ").toLowerCase();
  const env = environment(values.build, unwanted);
  const chosen = cases.filter(({ topic, title, of }) =>
    `${topic} ${title} ${of}`.toLowerCase().includes(filter),
  );
  if (chosen.length === 0) throw new Error(`no case contains "${filter}"`);

  const names = [...new Set(chosen.flatMap(({ of, against }) => [of, against ?? of]))];
  const { measured, failures } = measureInRounds(names, Number(values.rounds), (name) =>
    measurementOf(folder, name, env),
  );
  const report = markdown({ ...machine(), rounds: values.rounds, table: casesTable(chosen, measured) });
  console.log(report);
  for (const [name, message] of failures) console.log(`\nfailed: ${name}\n${message}`);
  process.exitCode = failures.size > 0 ? 1 : 0;
  if (filter === "" && failures.size === 0) writeFileSync(join(folder, "RESULTS.md"), report);
}

function measurementOf(folder, name, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "process.js"), name], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
