// A program in the place of nvidia-smi. Its plan can be changed while it runs.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../../kit/new-folder.ts";
import type { Recorded } from "./recorded.ts";

/** Behaviour of the program. */
export interface Plan {
  readonly gpus?: readonly Recorded[];
  /** Interval of output instead of that of the arguments. */
  readonly intervalMillis?: number;
  /** Answer to `-q -x`. */
  readonly log?: string;
  /**
   * `half`: a row in two parts. `garbage`: lines of another form. `flood`: a line without an end. `once`: one row, then
   * the end. `failed`: the message of a missing driver. `bursts`: a row at the start,
   * and further ones only without a buffer.
   */
  readonly does?: "rows" | "hang" | "half" | "garbage" | "flood" | "once" | "failed" | "bursts";
}

/** A start of the program. */
export interface Started {
  readonly pid: number;
  readonly parent: number;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface FakeNvidiaSmi {
  readonly folder: string;
  readonly command: string;
  change(plan: Plan): void;
  /** All starts. */
  starts(): readonly Started[];
  /** Starts with `--query-gpu`. */
  queries(): readonly Started[];
  /** Number of turns of `--query-gpu` for which the plan was `does`. */
  turns(does: Plan["does"]): number;
  /** Number of programs that run as children of a process. */
  runningOf(parent: number): number;
}

const PROGRAM = String.raw`
const { appendFileSync, readFileSync, writeSync } = require("node:fs");
const plan = () => JSON.parse(readFileSync(__dirname + "/plan.json", "utf8"));
const say = (text) => process.stdout.write(text);
const given = process.argv.slice(2);
const value = (name) => given.find((each) => each.startsWith(name + "="))?.slice(name.length + 1);
appendFileSync(__dirname + "/starts", JSON.stringify({ pid: process.pid, parent: process.ppid, arguments: given, environment: process.env }) + "\n");
let turnCount = 0;
const fields = value("--query-gpu")?.split(",");
const { gpus = [], does } = plan();
if (does === "failed") {
  say("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n\n");
  process.exitCode = 9;
} else {
  const unknown = gpus.length > 0 && fields?.find((field) => !(field in gpus[0]));
  if (unknown) {
    say('Field "' + unknown + '" is not a valid field to query.\n\n');
    process.exitCode = 2;
  } else run();
}
function run() {
  turn();
  if (plan().does !== "once") setInterval(turn, plan().intervalMillis ?? Number(value("--loop-ms")));
}
function turn() {
  const { gpus = [], log = "", does = "rows" } = plan();
  if (fields !== undefined) appendFileSync(__dirname + "/turns", does + "\n");
  const isFirst = turnCount++ === 0;
  if (does === "bursts" && !isFirst && process.env._STDBUF_O !== "L") return;
  if (does === "hang") return;
  if (fields === undefined) return say(log);
  for (const gpu of gpus) {
    const row = fields.map((field) => gpu[field]).join(", ") + "\n";
    if (does === "half") {
      say(row.slice(0, 60));
      setTimeout(say, 20, row.slice(60));
    } else if (does === "garbage") say("\u0000\u001b[31m" + row.slice(9) + "1,2,3\n, , ,\n\n");
    else if (does === "flood") for (;;) writeSync(1, "x".repeat(65536));
    else say(row);
  }
}
`;

/** Makes the program. */
export function fakeNvidiaSmi(plan: Plan): FakeNvidiaSmi {
  const folder = newFolder("nvidia-smi");
  const command = join(folder, "nvidia-smi");
  const change = (next: Plan): void => {
    writeFileSync(join(folder, "next.json"), JSON.stringify(next));
    renameSync(join(folder, "next.json"), join(folder, "plan.json"));
  };
  change(plan);
  writeFileSync(command, `#!${process.execPath}\n${PROGRAM}`, { mode: 0o755 });
  const linesOf = (name: string): string[] => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  };
  const starts = (): Started[] => linesOf("starts").map((line): Started => JSON.parse(line));
  return {
    folder,
    command,
    change,
    starts,
    queries: () => starts().filter(({ arguments: [first] }) => first!.startsWith("--query-gpu")),
    runningOf: (parent) => starts().filter((each) => each.parent === parent && isRunning(each.pid)).length,
    turns: (does) => linesOf("turns").filter((line) => line === does).length,
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
