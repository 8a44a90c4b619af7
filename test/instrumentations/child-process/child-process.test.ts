import childProcess, {
  ChildProcess,
  exec,
  execFile,
  execFileSync,
  execSync,
  fork,
  spawn,
  spawnSync,
} from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { Commands } from "../../../src/facades/commands/index.ts";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  childProcess as instrumented,
  type ChildProcessInstrumentationConfig,
} from "../../../instrumentations/child-process/index.ts";
import { begin } from "../../../instrumentations/child-process/instrumentation.ts";
import type { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import { asOurs } from "../../../src/io/own-processes.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";

const node = process.execPath;
const NODE = basename(node);
const missing = "no-such-program";
const idle = ["-e", "setInterval(() => {}, 1000)"];
const commonJs: typeof import("node:child_process") = createRequire(import.meta.url)("child_process");
const forms = { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync };
const synchronous = ["execSync", "execFileSync", "spawnSync"] as const;

let collecting: Collecting;
let commands: Commands;
let instrumentation: LibraryInstrumentation<ChildProcessInstrumentationConfig>;

beforeEach(() => {
  collecting = collectingProvider();
  commands = new Commands({ meterProvider: collecting.provider });
  instrumentation = instrumentationOf(instrumented, begin, { commands });
});

afterEach(() => instrumentation.disable());

/** Returns the name, the outcome and the count of each series of `command.duration`. */
async function recorded(): Promise<readonly unknown[]> {
  const points = await collecting.points("command.duration");
  const executed = await collecting.points("commands.executed");
  const counts = points.map(({ value }) => countOf(value));
  const total = executed.reduce((sum, { value }) => sum + Number(value), 0);
  // Both metrics count the same executions.
  expect(total).toBe(counts.reduce((sum, count) => sum + count, 0));
  return points
    .map(({ attributes }, i) => {
      const { "command.name": name, outcome, "error.type": errorType } = attributes;
      return [name, outcome === "success" ? 0 : errorType, counts[i]];
    })
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
}

function countOf(value: unknown): number {
  return typeof value === "object" && value !== null && "count" in value ? Number(value.count) : 0;
}

async function exited(child: ChildProcess): Promise<unknown[]> {
  return once(child, "exit");
}

test.each([
  ["spawn", () => exited(spawn(node, ["-e", "", "secret"]))],
  ["spawn of a CommonJS module", () => exited(commonJs.spawn(node, ["-e", "", "secret"]))],
  ["spawn in a shell", () => exited(spawn("TOKEN=secret node", ["-e", "''"], { shell: true }))],
  ["exec", () => exited(exec("TOKEN=secret node -e ''"))],
  ["exec as a promise", () => promisify(exec)("node -e ''")],
  ["execFile", () => exited(execFile(node, ["-e", "", "secret"]))],
  ["execFile as a promise", () => promisify(execFile)(node, ["-e", "", "secret"])],
  ["fork", () => exited(fork(join(import.meta.dirname, "exit.cjs"), ["0", "secret"]))],
  ["execSync", () => execSync("TOKEN=secret node -e ''")],
  ["execFileSync", () => execFileSync(node, ["-e", "", "secret"])],
  ["execFileSync of a CommonJS module", () => commonJs.execFileSync(node, ["-e", ""])],
  ["execFileSync in a shell", () => execFileSync("node", ["-e", "''"], { shell: true })],
  ["spawnSync", () => spawnSync(node, ["-e", "", "secret"])],
  ["spawnSync in a shell", () => spawnSync("TOKEN=secret node", ["-e", "''"], { shell: true })],
])("a process started by %s is one execution, by the name of its program", async (_form, run) => {
  await run();
  expect(await recorded()).toEqual([[expect.stringMatching(/^node(?:\.exe)?$/), 0, 1]]);
});

test.each<[form: string, code: number, run: (script: string) => unknown]>([
  ["spawn", 3, (script) => exited(spawn(node, ["-e", script]))],
  ["exec", 3, (script) => exited(exec(`"${node}" -e "${script}"`))],
  ["execFile", 3, (script) => exited(execFile(node, ["-e", script]))],
  ["execSync", 3, (script) => execSync(`"${node}" -e "${script}"`)],
  ["execFileSync", 3, (script) => execFileSync(node, ["-e", script])],
  ["spawnSync", 3, (script) => spawnSync(node, ["-e", script])],
])("the exit code of a process started by %s is its error type", async (_form, code, run) => {
  try {
    await run(`process.exit(${code})`);
  } catch {
    // The synchronous functions throw.
  }
  expect(await recorded()).toEqual([[NODE, `${code}`, 1]]);
});

test("a signal is an error type, regardless of its sender", async () => {
  const killed = spawn(node, idle);
  await once(killed, "spawn");
  killed.kill("SIGKILL");
  await exited(killed);
  await exited(spawn(node, idle, { timeout: 1 }));
  const aborting = new AbortController();
  const aborted = spawn(node, idle, { signal: aborting.signal });
  aborted.on("error", () => {});
  aborting.abort();
  await exited(aborted);
  await exited(execFile(node, idle, { timeout: 1, killSignal: "SIGKILL" }, () => {}));
  expect(spawnSync(node, idle, { timeout: 1 }).signal).toBe("SIGTERM");
  expect(() => execFileSync(node, idle, { timeout: 1, killSignal: "SIGKILL" })).toThrow("ETIMEDOUT");
  expect(await recorded()).toEqual([
    [NODE, "SIGKILL", 3],
    [NODE, "SIGTERM", 3],
  ]);
});

test("a process that exceeds its output limit was killed", async () => {
  const script = "process.stdout.write('x'.repeat(1e6)); setInterval(() => {}, 1000)";
  await expect(promisify(execFile)(node, ["-e", script], { maxBuffer: 10 })).rejects.toThrow("maxBuffer");
  expect(() => execFileSync(node, ["-e", script], { maxBuffer: 10 })).toThrow("ENOBUFS");
  expect(await recorded()).toEqual([[NODE, "SIGTERM", 2]]);
});

test("a missing program is a failure named ENOENT, and only its name is recorded", async () => {
  const errors = await Promise.all(
    [missing, `${missing} --token secret`].map(async (file) => {
      const [error]: unknown[] = await once(spawn(file, ["secret"]), "error");
      return error;
    }),
  );
  expect(errors).toEqual([
    expect.objectContaining({ code: "ENOENT", path: missing }),
    expect.objectContaining({ code: "ENOENT", path: `${missing} --token secret` }),
  ]);
  expect(spawnSync(`${missing} --token secret`).error).toMatchObject({ code: "ENOENT" });
  expect(() => execFileSync(missing, ["secret"])).toThrow("ENOENT");
  await expect(promisify(execFile)(missing)).rejects.toThrow("ENOENT");
  expect(await recorded()).toEqual([[missing, "ENOENT", 5]]);
});

test("an error without a listener stays uncaught", async () => {
  const child = spawn(missing);
  expect(child.listenerCount("error")).toBe(0);
  await once(child, "error");
  expect(Object.hasOwn(child, "emit")).toBe(false);
});

test.runIf(process.platform === "linux")(
  "arguments that are too long to start a process are a failure",
  async () => {
    const argument = "x".repeat(200_000);
    expect(() => spawn(node, ["-e", "", argument])).toThrow("E2BIG");
    expect(spawnSync(node, ["-e", "", argument]).error).toMatchObject({ code: "E2BIG" });
    expect(await recorded()).toEqual([[NODE, "E2BIG", 2]]);
  },
);

test("arguments refused by Node.js itself are not an execution, and are refused as before", async () => {
  const seen = (): unknown[] =>
    [
      () => Reflect.apply(spawn, undefined, [7]),
      () => Reflect.apply(spawnSync, undefined, [7]),
      () => Reflect.apply(execSync, undefined, [{}]),
      () => execFileSync(node, [], { timeout: -1 }),
      () => spawn(node, [], { stdio: ["ipc", "ipc"] }),
    ].map((call) => {
      try {
        return call();
      } catch (error) {
        return error instanceof Error && "code" in error ? [error.code, error.message] : error;
      }
    });
  const watched = seen();
  expect(await recorded()).toEqual([]);
  instrumentation.disable();
  expect(watched).toEqual(seen());
});

test("the time runs from the start of a process to its end", async () => {
  const startedMillis = performance.now();
  await exited(spawn(node, ["-e", "setTimeout(() => {}, 50)"]));
  spawnSync(node, ["-e", "setTimeout(() => {}, 50)"]);
  const seconds = (performance.now() - startedMillis) / 1000;
  const [point] = await collecting.points("command.duration");
  expect(point?.value).toMatchObject({
    count: 2,
    sum: expect.toSatisfy((sum) => sum > 0.1 && sum < seconds),
  });
});

test("processes within a command are part of it, also behind promises and timers", async () => {
  await commands.run("deploy", async () => {
    execFileSync(node, ["-e", ""]);
    await new Promise((resolve) => void setTimeout(resolve, 1));
    await promisify(exec)("node -e ''");
  });
  expect(commands.run("check", () => spawnSync(node, ["-e", ""]).status)).toBe(0);
  expect(await recorded()).toEqual([
    ["check", 0, 1],
    ["deploy", 0, 1],
  ]);
});

test("processes that outlive a command are recorded once the command is over", async () => {
  let request = (): void => {};
  const requested = new Promise<void>((resolve) => void (request = resolve));
  let served: Promise<unknown> = Promise.resolve();
  commands.run("serve", () => {
    served = requested.then(() => exited(spawn(node, ["-e", ""])));
  });
  request();
  await served;
  expect(await recorded()).toEqual([
    [NODE, 0, 1],
    ["serve", 0, 1],
  ]);
});

test("Tachymeter's own processes are not recorded, at any time", async () => {
  await asOurs(async () => {
    spawnSync(node, ["-e", ""]);
    await new Promise((resolve) => void setTimeout(resolve, 1));
    await exited(spawn(node, ["-e", ""]));
  });
  expect(await recorded()).toEqual([]);
});

test("the commands of another facade hide nothing", async () => {
  new Commands().run("elsewhere", () => spawnSync(node, ["-e", ""]));
  expect(await recorded()).toEqual([[NODE, 0, 1]]);
});

test("the application gets the same results", async () => {
  const plain = { ...forms };
  const look = async (): Promise<unknown> => {
    const child = spawn(node, ["-e", "process.exit(3)"]);
    const listener = (): void => {};
    child.on("exit", listener);
    const seen = {
      keys: Object.keys(child),
      events: child.eventNames().map((name) => [name, child.listenerCount(name)]),
      ownSpawn: Object.hasOwn(child, "spawn"),
      isChildProcess: child instanceof ChildProcess && child.constructor === ChildProcess,
      emit: [child.emit.name, child.emit.length],
      spawnArguments: child.spawnargs,
    };
    const [code, signal] = await exited(child);
    const files = [
      promisify(execFile)(node, ["-p", "1"]),
      promisify(exec)(`"${node}" -p 2`),
      promisify(execFile)(node, ["-p", "process.exit(4)"]).catch((error: Error) => [
        error.name,
        error.message,
      ]),
    ];
    const { pid, ...result } = spawnSync(node, ["-p", "3"], { encoding: "utf8" });
    return {
      ...seen,
      end: [code, signal, child.exitCode, child.signalCode],
      ownEmit: Object.hasOwn(child, "emit"),
      files: await Promise.all(files),
      hasPid: pid > 0,
      result,
      output: execSync(`"${node}" -p 4`, { encoding: "utf8" }),
      buffer: execFileSync(node, ["-p", "5"]),
    };
  };
  const seen = await look();
  for (const name of synchronous) {
    const original = plain[name];
    expect([childProcess[name].name, childProcess[name].length]).toEqual([original.name, original.length]);
    expect(commonJs[name]).toBe(childProcess[name]);
    expect(Object.keys(childProcess)).toContain(name);
  }
  instrumentation.disable();
  expect(seen).toEqual(await look());
});

test("the functions published by Node.js are not touched, nor their promisified forms", () => {
  instrumentation.disable();
  const before = { ...childProcess };
  instrumentation.enable();
  for (const name of ["spawn", "exec", "execFile", "fork"] as const) {
    expect(childProcess[name]).toBe(before[name]);
    expect(forms[name]).toBe(before[name]);
  }
  for (const name of synchronous) expect(childProcess[name]).not.toBe(before[name]);
});

test("the original error of a synchronous function is thrown", () => {
  const thrown = new Error("from a getter");
  const options = {
    get cwd(): string {
      throw thrown;
    },
  };
  expect(() => execFileSync(node, [], options)).toThrow(thrown);
});

test("disabling restores everything and stops recording", async () => {
  const running = spawn(node, idle);
  onTestFinished(() => void running.kill("SIGKILL"));
  expect(Object.hasOwn(running, "emit")).toBe(true);
  instrumentation.disable();
  instrumentation.disable();
  const before = { ...childProcess };
  expect(Object.hasOwn(running, "emit")).toBe(false);
  expect(spawnSync(node, ["-e", ""]).status).toBe(0);
  running.kill();
  expect(await exited(running)).toEqual([null, "SIGTERM"]);
  expect(await recorded()).toEqual([]);

  instrumentation.enable();
  spawnSync(node, ["-e", ""]);
  expect(await recorded()).toEqual([[NODE, 0, 1]]);
  instrumentation.disable();
  expect({ ...childProcess }).toEqual(before);
  for (const name of synchronous) expect(childProcess[name]).toBe(before[name]);
});

test("an instrumentation created disabled does nothing until it is enabled", () => {
  instrumentation.disable();
  const { spawnSync: original } = childProcess;
  const late = instrumentationOf(instrumented, begin, { commands, enabled: false });
  expect(childProcess.spawnSync).toBe(original);
  late.enable();
  expect(childProcess.spawnSync).not.toBe(original);
  late.disable();
  expect(childProcess.spawnSync).toBe(original);
});

test("without a facade in its options it records on its meter provider", async () => {
  instrumentation.disable();
  const own = instrumentationOf(instrumented, begin, {});
  own.setMeterProvider(collecting.provider);
  spawnSync(node, ["-e", ""]);
  own.disable();
  expect(await recorded()).toEqual([[NODE, 0, 1]]);
});

test("a process that sends messages and is disconnected is one execution", async () => {
  const child = fork(join(import.meta.dirname, "echo-child.cjs"));
  const echoes: unknown[] = [];
  child.on("message", (message) => echoes.push(message));
  child.send("one");
  await once(child, "message");
  child.disconnect();
  await exited(child);
  expect(echoes).toEqual(["one"]);
  expect(await recorded()).toEqual([[NODE, 0, 1]]);
});

test("running processes are reported until they end, also after a restart, and refused ones never", async () => {
  instrumentation.setMeterProvider(collecting.provider);
  const [second, third] = [spawn(node, idle), spawn(node, idle)];
  expect(() => spawn(node, idle, { cwd: "\0" })).toThrow(TypeError);
  expect(await collecting.point("commands.running")).toBe(2);
  instrumentation.disable();
  second.kill();
  await exited(second);
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "commands.running": 1 });
  third.kill();
  await exited(third);
  await expectGauges({ "commands.running": 0 });
});

test("a child that is never spawned is not running", async () => {
  instrumentation.setMeterProvider(collecting.provider);
  const child = new ChildProcess();
  expect(child.pid).toBeUndefined();
  expect(await collecting.point("commands.running")).toBe(0);
});

test("workers of a cluster are nodes, and not commands", async () => {
  instrumentation.setMeterProvider(collecting.provider);
  cluster.setupPrimary({ exec: join(import.meta.dirname, "echo-child.cjs"), execArgv: [] });
  const worker = cluster.fork();
  await once(worker, "online");
  expect(await collecting.point("commands.running")).toBe(0);
  const child = fork(join(import.meta.dirname, "echo-child.cjs"));
  expect(await collecting.point("commands.running")).toBe(1);
  worker.process.kill("SIGKILL");
  child.kill("SIGKILL");
  await Promise.all([once(worker, "exit"), once(child, "exit")]);
  expect(await recorded()).toEqual([[NODE, "SIGKILL", 1]]);
});
