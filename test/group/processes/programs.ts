// Real processes of a group, compiled so that Node.js can run them.
import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { newFolder } from "../../kit/new-folder.ts";
import { oncePerRun } from "../../kit/once-per-run.ts";
import { type RunningProcess, runNode } from "../../kit/process.ts";

const repository = resolve(import.meta.dirname, "../../..");

async function built(): Promise<string> {
  return oncePerRun("group-build", async (folder) => {
    const source = join(repository, "src");
    const project = {
      extends: join(repository, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        rootDir: source,
        outDir: folder,
        typeRoots: [join(repository, "node_modules", "@types")],
      },
      include: [join(source, "group", "processes")],
    };
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify(project));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"), "junction");
    const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
    await promisify(execFile)(process.execPath, [compiler, "-p", config]);
  });
}

/**
 * The prelude of each program. Its figures are a counter: 8 bytes of cells, repeated, and one byte of the log for each
 * state. `joined()` joins the group in the directory of the first argument; it records, folds and says what happens.
 */
const prelude = (modules: string): string => `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { GroupFolder } from ${JSON.stringify(join(modules, "group-folder.js"))};
import { placeOf } from ${JSON.stringify(join(modules, "place.js"))};
import { removeIfAlone } from ${JSON.stringify(join(modules, "deserted.js"))};
const { writeSync } = fs;
export const say = (line) => writeSync(1, line + "\\n");
// Kills this process just before its n-th call of the file system from now on.
export function killAtCall(n) {
  let calls = 0;
  for (const name of Object.keys(fs).filter((each) => each.endsWith("Sync"))) {
    const call = fs[name];
    fs[name] = (...args) => {
      if (++calls === n) process.kill(process.pid, "SIGKILL");
      return call(...args);
    };
  }
  syncBuiltinESMExports();
  return () => calls;
}
// Eight bytes of a file, which outlive this process.
export function journal(path) {
  const file = fs.openSync(path, "w");
  return (value) => void writeSync(file, new Uint8Array(Float64Array.of(value).buffer), 0, 8, 0);
}
const directory = process.argv[2];
const REPEATS = Number(process.env.REPEATS ?? 1);
export const counter = () => {
  const values = new Float64Array(REPEATS);
  let states = 0;
  return {
    get value() { return values[0]; },
    add(amount) { for (let i = 0; i < REPEATS; i++) values[i] += amount; },
    logFrom(from) { states++; return new Uint8Array(states - from).fill(7); },
    get cells() { return [new Uint8Array(values.buffer)]; },
  };
};
export const valueOf = (cells) => {
  const values = new Float64Array(cells.buffer);
  for (const value of values) if (value !== values[0]) throw new Error("torn: " + values[0] + " " + value);
  return values[0] ?? 0;
};
export function joined(options = {}) {
  const own = counter();
  const departed = counter();
  const lives = new Map();
  let elected;
  const aggregating = new Promise((resolve) => { elected = resolve; });
  const fold = (member) => {
    const state = member.reader.read();
    if (state) lives.set(member.id, valueOf(state.cells));
    departed.add(lives.get(member.id) ?? 0);
    lives.delete(member.id);
    if (group.fold([member.id], departed)) say("folded " + member.id);
  };
  const group = GroupFolder.open({
    place: placeOf({ serviceName: "shop", ...(directory ? { directory } : {}) }, process.env),
    serviceName: "shop",
    collectNow: () => void group.write(own),
    onRole: (role) => {
      if (role === "aggregator") {
        const before = group.readDeparted();
        departed.add((before ? valueOf(before.cells) : 0) - departed.value);
        lives.clear();
      }
      say("role " + role);
      if (role === "aggregator") elected();
    },
    onMember: (member) => say("member " + member.id),
    onDeath: (member) => { say("death " + member.id); fold(member); },
    ...options,
  });
  if (!(group instanceof GroupFolder)) throw new Error(group.reason);
  const reason = group.join();
  if (reason !== undefined) throw new Error(reason);
  group.write(own);
  return {
    group, own, departed, aggregating,
    async total(limit) {
      group.write(own);
      const late = await group.collectAll(limit);
      for (const member of group.members) {
        const state = member.reader.read();
        if (state) lives.set(member.id, valueOf(state.cells));
      }
      return { late, total: own.value + departed.value + [...lives.values()].reduce((a, b) => a + b, 0) };
    },
  };
}
export const forever = () => setInterval(() => {}, 1e9);
`;

/** Options for starting a program. */
export interface ProgramOptions {
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node.js. */
  readonly flags?: readonly string[];
  /** A program with its arguments that starts Node.js. */
  readonly by?: readonly [string, ...string[]];
}

/** Starts a program, an ES module, that has what the prelude exports. */
export async function program(
  text: string,
  { directory, env, flags = [], by }: ProgramOptions,
): Promise<RunningProcess> {
  const cwd = newFolder("program");
  symlinkSync(join(repository, "node_modules"), join(cwd, "node_modules"), "junction");
  const modules = join(await built(), "group", "processes");
  writeFileSync(join(cwd, "program.mjs"), prelude(modules) + text);
  const args = [...flags, "program.mjs", directory];
  const variables = env === undefined ? {} : { env };
  if (by === undefined) return runNode({ cwd, args, ...variables });
  const [command, ...before] = by;
  return runNode({ cwd, command, args: [...before, process.execPath, ...args], ...variables });
}

/** The rest of each line of a program's output that starts with a word. */
export function said(child: RunningProcess, word: string): string[] {
  return child.stdout
    .split("\n")
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1));
}
