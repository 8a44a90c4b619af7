// What the command line tool says of itself.
import type { Word } from "./command.ts";

/** The help of the tool: its words and options. */
export function toolHelp(words: readonly Word[]): string {
  const rows = words.map(
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

/** The help of one word. */
export function wordHelp({ name, parameters, summary, details }: Word): string {
  const sentence = summary.charAt(0).toUpperCase() + summary.slice(1);
  return [`Usage: tachymeter ${name} ${parameters}`.trimEnd(), "", `${sentence}.`, ...details, ""].join("\n");
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
