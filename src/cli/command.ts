import type { KnownOptions, WordArguments } from "./arguments.ts";

/** A command of the command line tool, with its help. */
export interface Command {
  readonly name: string;
  /** Its arguments, as help shows them. */
  readonly parameters: string;
  /** One line. */
  readonly summary: string;
  /** Further lines of its help. */
  readonly details: readonly string[];
  /** The options that it knows, besides `--help`. */
  readonly options: KnownOptions;
  /**
   * Runs it; resolves with the exit code.
   *
   * @throws UsageError by the promise, if the arguments are invalid.
   */
  run(given: WordArguments): Promise<number>;
}

/** Help of the tool: its commands and options. */
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
      ["--help", "this text; after a command, the command's own"],
      ["--version", "the version"],
    ]),
    "",
  ].join("\n");
}

/** Help of one command. */
export function commandHelp({ name, parameters, summary, details }: Command): string {
  const sentence = summary.charAt(0).toUpperCase() + summary.slice(1);
  return [`Usage: tachymeter ${name} ${parameters}`.trimEnd(), "", `${sentence}.`, ...details, ""].join("\n");
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
