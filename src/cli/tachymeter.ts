#!/usr/bin/env node
// Entry point of the command line tool.
import { errorMessage } from "../diagnostics/error-message.ts";
import { fstatSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { logLine } from "../diagnostics/foreign-text.ts";
import { VERSION } from "../version.ts";
import { alerts } from "./alerts/index.ts";
import { anomalies } from "./anomalies/index.ts";
import { UsageError, wordArguments } from "./arguments.ts";
import { type Command, commandHelp, toolHelp } from "./command.ts";
import { config } from "./config/index.ts";
import { dashboards } from "./dashboards/index.ts";
import { events } from "./events.ts";
import { explain } from "./explain/index.ts";
import { flush } from "./flush.ts";
import { mcp } from "./mcp/index.ts";
import { profile } from "./profile/index.ts";
import { query } from "./query/index.ts";
import { report } from "./report/index.ts";
import { scrape } from "./scrape.ts";
import { top } from "./top/index.ts";

const COMMANDS: readonly Command[] = [
  flush,
  query,
  events,
  report,
  scrape,
  alerts,
  anomalies,
  explain,
  top,
  profile,
  dashboards,
  config,
  mcp,
];

process.stderr.on("error", () => {});
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader such as `head` may close the pipe early; the command still ends normally, with its own exit code.
  if (/^(?:EPIPE|EOF|ECONNRESET)$/.test(error.code ?? "")) return;
  process.exitCode ||= 1;
  process.stderr.write(`tachymeter: standard output cannot be written: ${logLine(errorMessage(error))}\n`);
});
// On a full disk, a file takes a part of the text, which Node.js ignores. This function writes all of it, or throws.
if (fstatSync(1).isFile())
  // oxlint-disable-next-line no-underscore-dangle -- Node.js' name
  process.stdout._write = (chunk: Uint8Array, _encoding, done) => {
    try {
      writeFileSync(1, chunk);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };

void run(process.argv.slice(2)).then((code) => {
  process.exitCode ||= code;
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
    process.stderr.write(errorText(error));
    // Some questions turn out to be invalid only when the history is read.
    const isQuestion = error instanceof Error && ["OptionsError", "QuestionError"].includes(error.name);
    const isExpression = error instanceof Error && "kind" in error && error.kind === "bad_data";
    return error instanceof UsageError || isQuestion || isExpression ? 2 : 1;
  }
}

// Errors of several problems have a line for each; line breaks in other messages are escaped.
function errorText(error: unknown): string {
  const message = `tachymeter: ${errorMessage(error)}`;
  const hasProblems = error instanceof Error && "problems" in error;
  const lines = hasProblems ? message.split("\n") : [message];
  return lines.map((line) => `${logLine(line)}\n`).join("");
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
    throw new UsageError(`unknown option ${args[0]}; see tachymeter --help`, { cause });
  }
}

function commandOf(name: string): Command {
  const word = COMMANDS.find((each) => each.name === name);
  if (word !== undefined) return word;
  const known = COMMANDS.map((each) => each.name).join(", ");
  throw new UsageError(`unknown command "${name}"; use one of ${known}; see tachymeter --help`);
}
