// The installed command line tool.
import { join } from "node:path";
import { packedProject } from "../kit/packed-project.ts";
import { type EndedProcess, type RunningProcess, reapLater, runNode } from "../kit/process.ts";

// A process that runs the commands of a file of tests one after the other.
let tool: RunningProcess | undefined;
let count = 0;
let last: Promise<unknown> = Promise.resolve();

/** Runs `tachymeter` with arguments until it would exit by itself. */
export function tachymeter(...args: readonly string[]): Promise<EndedProcess> {
  const ended = last.then(() => run(args));
  last = ended.catch(() => {});
  return ended;
}

async function run(args: readonly string[]): Promise<EndedProcess> {
  const { folder, installed } = await packedProject();
  const process = (tool ??= start(folder, join(installed, "dist", "tachymeter.js")));
  const before = [process.stdout.length, process.stderr.length];
  let hasEnded = false;
  // One that hangs fails its own test, not the next ones.
  reapLater(async () => {
    if (hasEnded) return;
    process.kill("SIGKILL");
    await process.exit;
  });
  process.write(`${JSON.stringify(args)}\n`);
  count++;
  const ends = await Promise.all(
    ["stdout", "stderr"].map((name) =>
      process.waitForOutput(new RegExp(`\n--- ${name} of command ${count} ended, code (\\d+)\n`)),
    ),
  ).catch(() => undefined);
  hasEnded = true;
  return {
    exit: ends === undefined ? process.exit : Promise.resolve({ code: Number(ends[0]![1]), signal: null }),
    stdout: process.stdout.slice(before[0], ends?.[0]!.index),
    stderr: process.stderr.slice(before[1], ends?.[1]!.index),
  };
}

function start(cwd: string, program: string): RunningProcess {
  count = 0;
  const process = runNode({
    cwd,
    args: [join(import.meta.dirname, "commands.js"), program],
    openInput: true,
    lifetime: "file",
  });
  void process.exit.then(() => {
    tool = undefined;
  });
  return process;
}
