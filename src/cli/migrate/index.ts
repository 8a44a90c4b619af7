// `tachymeter migrate prom-client`: moves a project's sources from prom-client to our API.
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { replaceFileSync } from "../../io/files/replace.ts";
import { UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { Output } from "../output.ts";

/** The `migrate` command. */
export const migrate: Command = {
  name: "migrate",
  parameters: "prom-client <folder>",
  summary: "move the sources in a folder from prom-client to Tachymeter's API: show a diff, or write it",
  details: [
    "",
    "  --write  write the files; by default, only a diff is shown",
    "",
    "Metrics, recording calls, registries and endpoints of JavaScript and TypeScript are moved. A call that cannot be",
    "moved gets a comment, TODO tachymeter. node_modules is not read. Requires the package @babel/parser.",
    "",
    "Exit codes: 0 success, 1 a file cannot be parsed or comments were left, 2 invalid arguments.",
  ],
  options: { flags: ["write"] },
  run: async (given) => {
    const [from, folder, ...others] = given.positionals;
    if (from !== "prom-client" || folder === undefined || others.length > 0) {
      const got = given.positionals.join(" ");
      throw new UsageError(
        `migrate: expected "prom-client <folder>", got "${got}"; see tachymeter migrate --help`,
      );
    }
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new UsageError(`migrate: folder "${folder}" was not found; specify the folder of the sources`);
    return migrateFolder(resolve(folder), given.flag("write"));
  },
};

async function migrateFolder(folder: string, writes: boolean): Promise<number> {
  const { migration, unifiedDiff } = await import("./project.ts").catch(refuseWithoutParser);
  const { moved, failed } = migration(folder);
  const output = new Output(process.stdout);
  for (const { name, before, after } of moved) {
    if (writes) replaceFileSync(join(folder, name), after);
    await output.write(
      writes ? `${before === undefined ? "added" : "moved"} ${name}\n` : unifiedDiff(name, before, after),
    );
  }
  for (const { name, reason } of failed) await output.write(`# not parsed: ${name}: ${reason}\n`);
  const notes = moved.reduce((sum, each) => sum + each.notes, 0);
  const left = notes === 0 ? "" : `, ${notes} TODO comments`;
  const next = writes || moved.length === 0 ? "" : "; write them with --write";
  await output.write(`# ${moved.length} files${left}${next}\n`);
  return failed.length > 0 || notes > 0 ? 1 : 0;
}

// The parser is an optional package: it is a tenth of the size of Tachymeter, and used once.
function refuseWithoutParser(cause: unknown): never {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
  if (!isMissing) throw cause;
  throw new UsageError("migrate: the parser was not found; npm install --no-save @babel/parser", { cause });
}
