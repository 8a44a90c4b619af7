// `tachymeter scrape <directory>`: the figures of a group, also if none of its processes lives.
import { UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { logTo, Output, Terminal } from "./output.ts";

/** The `scrape` command. */
export const scrape: Command = {
  name: "scrape",
  parameters: "<directory>",
  summary: "print the last figures of a group of processes, also if no process of it lives",
  details: [
    "",
    "The directory is that of the group, such as the value of TACHYMETER_GROUP_DIRECTORY. Without one, a group is in",
    "/dev/shm/tachymeter-<uid>/ or in the system's folder for run-time files.",
    "",
    "Prints Prometheus text. Views are not known, so metrics have the names of their instruments. If views make several",
    "metrics of one instrument, the first is printed, and a message names the instrument.",
    "",
    "Exit codes: 0 the figures were printed, 1 there is no group, 2 invalid arguments.",
  ],
  options: {},
  run: async ({ positionals }) => scrapeDirectory(directoryFrom(positionals)),
};

function directoryFrom([directory, ...others]: readonly string[]): string {
  if (directory === undefined || directory.trim() === "" || others.length > 0) {
    throw new UsageError("scrape: expected one directory; use tachymeter scrape <directory>");
  }
  return directory;
}

async function scrapeDirectory(directory: string): Promise<number> {
  // Loaded on demand, so that the help works without them.
  const { readFigures } = await import("../group/read-figures.ts");
  const { renderPrometheus } = await import("../readers/prometheus/index.ts");
  logTo(new Terminal(process.stderr));
  const text = renderPrometheus(await readFigures(await groupIn(directory)));
  // Programs read the text as it is.
  if (process.stdout.isTTY) await new Output(process.stdout).write(text);
  else process.stdout.write(text);
  return 0;
}

/**
 * The folder of the group in a directory.
 *
 * @throws Error if there is no group
 * @throws UsageError if there are several
 */
export async function groupIn(directory: string): Promise<string> {
  const { groupsIn } = await import("../group/read-figures.ts");
  const [group, ...others] = groupsIn(directory);
  if (group === undefined) throw new Error(`"${directory}": there is no group; use the directory of a group`);
  if (others.length === 0) return group;
  throw new UsageError(
    `"${directory}": there are several groups; use one of ${[group, ...others].join(", ")}`,
  );
}
