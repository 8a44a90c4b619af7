#!/usr/bin/env node
// The command line tool: finds the word and does it.
import { errorMessage } from "../diagnostics/error-message.ts";
import { parseArgs } from "node:util";
import { logLine } from "../diagnostics/foreign-text.ts";
import { VERSION } from "../version.ts";
import { events } from "./events.ts";
import { flush } from "./flush.ts";
import { query } from "./query/index.ts";
import { report } from "./report/index.ts";
import { type Command, toolHelp, UsageError } from "./command.ts";

const COMMANDS: readonly Command[] = [flush, query, events, report];

// Whoever reads what it says may have read enough, as `head` has: that ends nothing, and the exit code stays true.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function run(args: readonly string[]): Promise<number> {
  try {
    const [first, ...others] = args;
    if (first === undefined || first.startsWith("-")) return runOptions(args);
    return await commandOf(first).run(others);
  } catch (error) {
    const message = errorMessage(error);
    process.stderr.write(`${logLine(`tachymeter: ${message}`)}\n`);
    return isMisunderstood(error) ? 2 : 1;
  }
}

// A question may be wrong by what only a history knows.
function isMisunderstood(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof Error && error.name === "QuestionError");
}

function runOptions(args: readonly string[]): number {
  process.stdout.write(optionsOf(args).version === true ? `${VERSION}\n` : toolHelp(COMMANDS));
  return 0;
}

function optionsOf(args: readonly string[]): { readonly version?: boolean } {
  try {
    const options = {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true }).values;
  } catch (cause) {
    throw new UsageError(`${args[0]} is no option; see tachymeter --help`, { cause });
  }
}

function commandOf(name: string): Command {
  const word = COMMANDS.find((each) => each.name === name);
  if (word !== undefined) return word;
  const known = COMMANDS.map((each) => each.name).join(", ");
  throw new UsageError(`"${name}" is no command; give one of: ${known}; see tachymeter --help`);
}
