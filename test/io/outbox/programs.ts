// Real programs with an outbox, to be killed.
import { newFolder } from "../../kit/new-folder.ts";
import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { oncePerRun } from "../../kit/once-per-run.ts";
import { type RunningProcess, runNode } from "../../kit/process.ts";

const repository = resolve(import.meta.dirname, "../../..");

/** The outbox alone, compiled so that Node.js can run it. */
async function built(): Promise<string> {
  return oncePerRun("outbox-build", async (folder) => {
    const source = join(repository, "src");
    const project = {
      extends: join(repository, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        rootDir: source,
        outDir: folder,
        typeRoots: [join(repository, "node_modules", "@types")],
      },
      include: [join(source, "io", "outbox")],
    };
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify(project));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"), "junction");
    const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
    await promisify(execFile)(process.execPath, [compiler, "-p", config]);
  });
}

/** The prelude of each program: `opened()` opens the directory of its first argument, `say` writes a line at once. */
const prelude = (outbox: string): string => `
import { writeSync } from "node:fs";
import { Outbox } from ${JSON.stringify(outbox)};
const say = (line) => writeSync(1, line + "\\n");
const directory = process.argv[2];
async function opened() {
  const outbox = new Outbox({ directory, maxAgeMillis: 1e12 }, { dropped: (points, reason) => say(reason + " " + points) });
  await outbox.ready;
  return outbox;
}
const record = (text, time = Date.now()) => ({ body: Buffer.from(text), points: 1, timeUnixMillis: time });
async function drain(outbox, last = Infinity) {
  for (let oldest = await outbox.oldest(); oldest; oldest = await outbox.oldest()) {
    const text = Buffer.from(oldest.body).toString().trim();
    say("got " + text);
    if (Number(text) >= last) return;
    await outbox.remove(oldest.sequence);
  }
}
`;

/** Options for starting a program. */
export interface ProgramOptions {
  readonly directory: string;
  /** A program with its arguments that starts Node.js. */
  readonly by?: readonly [string, ...string[]];
}

/** Starts a program, an ES module, that has \`opened\`, \`say\`, \`record\` and \`drain\`. */
export async function program(text: string, { directory, by }: ProgramOptions): Promise<RunningProcess> {
  const cwd = newFolder("program");
  writeFileSync(join(cwd, "program.mjs"), prelude(join(await built(), "io", "outbox", "index.js")) + text);
  const args = ["program.mjs", directory];
  if (by === undefined) return runNode({ cwd, args });
  const [command, ...before] = by;
  return runNode({ cwd, command, args: [...before, process.execPath, ...args] });
}

/** The rest of each line of a program's output that starts with a word. */
export function said(child: RunningProcess, word: string): string[] {
  return child.stdout
    .split("\n")
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1));
}
