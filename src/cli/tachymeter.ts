#!/usr/bin/env node
// The command line tool: finds the word and does it.
import { errorMessage } from "../diagnostics/error-message.ts";
import { parseArgs } from "node:util";
import { logLine } from "../diagnostics/foreign-text.ts";
import { VERSION } from "../version.ts";
import { UsageError, wordArguments } from "./arguments.ts";
import { type Command, commandHelp, toolHelp } from "./command.ts";
import { events } from "./events.ts";
import { flush } from "./flush.ts";
import { query } from "./query/index.ts";
import { report } from "./report/index.ts";

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
    const command = commandOf(first);
    const given = wordArguments(first, others, command.options);
    if (!given.flag("help")) return await command.run(given);
    process.stdout.write(commandHelp(command));
    return 0;
  } catch (error) {
    process.stderr.write(`${logLine(`tachymeter: ${errorMessage(error)}`)}\n`);
    // A question may be wrong by what only a history knows.
    const isQuestion = error instanceof Error && error.name === "QuestionError";
    return error instanceof UsageError || isQuestion ? 2 : 1;
  }
}

function runOptions(args: readonly string[]): number {
  process.stdout.write(asksForVersion(args) ? `${VERSION}\n` : toolHelp(COMMANDS));
  return 0;
}

function asksForVersion(args: readonly string[]): boolean {
  try {
    const options = {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true }).values.version === true;
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
