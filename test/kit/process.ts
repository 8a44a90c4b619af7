/**
 * Real Node.js processes under test: started with a clean environment, watched by their output, always reaped.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { TestRunner, afterAll, inject, onTestFinished } from "vitest";
import { waitMillis } from "./test-length.ts";

/** What to run. */
export interface RunNodeOptions {
  /** Arguments of `node`: its flags, the program, the program's own arguments. */
  readonly args: readonly string[];
  /** Working directory: relative programs and `--import tachymeter/register` are resolved from it. */
  readonly cwd: string;
  /**
   * Variables added to the inherited ones, from which `OTEL_*`, `TACHYMETER_*`, `NODE_OPTIONS` and what vitest and npm
   * set are taken away first.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it goes with the "test" that starts it, or with that test's "file"; the test unless told. */
  readonly lifetime?: "test" | "file";
  /** The program to start instead of this Node.js: a real server, for example. */
  readonly command?: string;
  /** Leaves standard input open, as a terminal's is; empty and closed unless told. */
  readonly openInput?: boolean;
}

/** How a process ended: one of the two is null. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started. It is killed, its descendants too, when the test (or file) that started it ends. */
export interface RunningProcess {
  readonly pid: number;
  /** What it wrote to standard output so far. */
  readonly stdout: string;
  /** What it wrote to standard error so far. */
  readonly stderr: string;
  /** Resolves when the process has ended and its output is complete; never rejects. */
  readonly exit: Promise<ProcessExit>;
  /** Waits until the pattern is in either stream; rejects when the process ends, or the time does, without it. */
  waitForOutput(pattern: RegExp, timeoutMillis?: number): Promise<RegExpExecArray>;
  /** Sends a signal to this process alone; SIGTERM unless told. */
  kill(signal?: NodeJS.Signals): void;
}

/** Starts a Node.js process (or another `command`) under test. */
export function runNode(options: RunNodeOptions): RunningProcess {
  const child = spawn(options.command ?? process.execPath, options.args, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    // A process group of its own, so that what it started can be killed with it.
    detached: process.platform !== "win32",
  });
  // What is not read when the process ends is an error of the pipe, not of the test.
  child.stdin.on("error", () => {});
  if (options.openInput !== true) child.stdin.end();
  const name = [options.command ?? "node", ...options.args].join(" ");
  let stdout = "";
  let stderr = "";
  let ended = false;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const check of waiting) check();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    look();
  });

  const exit = new Promise<ProcessExit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      stderr += `${name}: ${error.message}\n`;
      resolve({ code: null, signal: null });
    });
  });
  void exit.then(() => {
    ended = true;
    look();
  });

  const pid = child.pid ?? 0;
  const killAll = (): void => killGroup(pid);
  process.once("exit", killAll);
  reapLater(async () => {
    killAll();
    await exit;
    process.off("exit", killAll);
  }, options.lifetime);

  return {
    pid,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    exit,
    kill: (signal = "SIGTERM") => void child.kill(signal),
    waitForOutput(pattern, timeoutMillis = waitMillis) {
      return new Promise((resolve, reject) => {
        const settle = (outcome: () => void): void => {
          clearTimeout(timer);
          waiting.delete(check);
          outcome();
        };
        const fail = (why: string): void => {
          const message = `${name}: ${why} ${pattern}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
          settle(() => reject(new Error(message)));
        };
        const check = (): void => {
          const match = pattern.exec(stdout) ?? pattern.exec(stderr);
          if (match !== null) settle(() => resolve(match));
          else if (ended) fail("ended without writing");
        };
        const timer = setTimeout(fail, timeoutMillis, `wrote in ${timeoutMillis} ms nothing like`);
        waiting.add(check);
        check();
      });
    },
  };
}

/** What a process wrote to standard output, once it has ended with exit code 0; any other end is an error that shows all. */
export async function outputOf(child: RunningProcess): Promise<string> {
  const { code, signal } = await child.exit;
  if (code === 0) return child.stdout;
  const end = signal ?? `exit code ${code}`;
  throw new Error(`ended with ${end}\n--- stdout\n${child.stdout}\n--- stderr\n${child.stderr}`);
}

/** What a process wrote to standard error so far, but for what Node.js 22 says of its SQLite. */
export function complaintsOf({ stderr }: RunningProcess): string {
  return stderr.replaceAll(/^\(node:\d+\) ExperimentalWarning: SQLite .*\n\(Use .*\n/gm, "");
}

/** A TCP port of the loopback interface that is free and that nobody else in this run is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Lower than those that systems choose themselves: a server of another test gets none of these by chance.
    const port = randomInt(10_000, 32_768);
    if (isOurs(port) && (await isFree(port))) return port;
  }
}

function isOurs(port: number): boolean {
  try {
    mkdirSync(join(inject("runFolder"), `port-${port}`));
    return true;
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The body of a GET that was answered with 200; any other answer is an error that shows it. */
export async function scrape(url: string, timeoutMillis = waitMillis): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMillis) });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${body}`);
  return body;
}

/** This process's environment without what would configure telemetry, Node.js, bash or the test runner in a child. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = [
    /^(?:OTEL_|TACHYMETER_|npm_|VITE_|VITEST|TEST)/,
    /^(?:NODE_OPTIONS|NODE_ENV|NODE_V8_COVERAGE|FORCE_COLOR|FORCE_TTY|DEV|PROD|MODE|SSR|BASE_URL|BASH_ENV)$/,
  ];
  const inherited = Object.entries(process.env).filter(
    ([name]) => !foreign.some((names) => names.test(name)),
  );
  // Where it is not known to be within another shell, as in the background of one, bash takes a socket as its standard
  // input, which is what Node.js makes of a pipe, for rshd's, and runs ~/.bashrc first.
  return { ...Object.fromEntries(inherited), SHLVL: "1" };
}

const reapAtEndOfFile = new Set<() => Promise<void>>();

afterAll(async () => {
  await Promise.all([...reapAtEndOfFile].map((reap) => reap()));
  reapAtEndOfFile.clear();
});

/** Ends what was started: with its test or, where it is no test that started it, with the file. */
export function reapLater(reap: () => Promise<void>, lifetime: "test" | "file" = "test"): void {
  if (lifetime === "file" || TestRunner.getCurrentTest() === undefined) reapAtEndOfFile.add(reap);
  else onTestFinished(reap);
}

function killGroup(pid: number): void {
  if (pid === 0) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // The whole group has ended already.
  }
}
