import type { KnownOptions, WordArguments } from "./arguments.ts";

/** A command of the command line tool, with its help. */
export interface Command {
  readonly name: string;
  /** Arguments, as shown in the help. */
  readonly parameters: string;
  /** One line, in the imperative. */
  readonly summary: string;
  /** Further lines of the help. */
  readonly details: readonly string[];
  /** Options besides `--help`. */
  readonly options: KnownOptions;
  /** Runs the command and resolves with the exit code. Rejects with a UsageError if the arguments are invalid. */
  run(given: WordArguments): Promise<number>;
}

/** Help text of the tool: commands and options. */
export function toolHelp(commands: readonly Command[]): string {
  const rows = commands.map(
    ({ name, parameters, summary }) => [`${name} ${parameters}`.trimEnd(), summary] as const,
  );
  return [
    "Usage: tachymeter <command> [arguments]",
    "",
    "Commands:",
    ...aligned(rows),
    "",
    "Options:",
    ...aligned([
      ["--help", "show this help, or that of a command"],
      ["--version", "show the version"],
    ]),
    "",
  ].join("\n");
}

/** Help text of one command. */
export function commandHelp({ name, parameters, summary, details }: Command): string {
  const sentence = summary.charAt(0).toUpperCase() + summary.slice(1);
  return [`Usage: tachymeter ${name} ${parameters}`.trimEnd(), "", `${sentence}.`, ...details, ""].join("\n");
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
