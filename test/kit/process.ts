/**
 * Real Node.js processes under test: started with a clean environment, observed by their output, always reaped.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { TestRunner, inject, onTestFinished } from "vitest";
import { neededProgram } from "../servers/needs.ts";
import { atEndOfFile } from "./end-of-file.ts";
import { waitMillis } from "./test-length.ts";

/** Options of a process. */
export interface RunNodeOptions {
  /** Arguments of `node`: its flags, the program, the program's own arguments. */
  readonly args: readonly string[];
  /** Working directory: relative programs and `--import tachymeter/register` are resolved from it. */
  readonly cwd: string;
  /**
   * Variables added to the inherited ones. `OTEL_*`, `TACHYMETER_*`, `NODE_OPTIONS` and the variables of vitest and npm
   * are not inherited.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is killed at the end of the "test" that starts it, or of that test's "file". @defaultValue "test" */
  readonly lifetime?: "test" | "file";
  /** The program to start instead of this Node.js, such as a real server. Skips the test if it is not installed. */
  readonly command?: string;
  /** Leaves standard input open, as in a terminal. By default it is empty and closed. */
  readonly openInput?: boolean;
}

/** The end of a process: one of the two is null. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The outcome of a process. */
export interface EndedProcess {
  /** Its standard output so far. */
  readonly stdout: string;
  /** Its standard error so far. */
  readonly stderr: string;
  /** Resolves when the process has ended and its output is complete; never rejects. */
  readonly exit: Promise<ProcessExit>;
}

/** A started process. It is killed with its descendants when the test (or file) that started it ends. */
export interface RunningProcess extends EndedProcess {
  readonly pid: number;
  /** Waits until the pattern matches either stream; rejects if the process ends or the time is over before. */
  waitForOutput(pattern: RegExp, timeoutMillis?: number): Promise<RegExpExecArray>;
  /** Sends a signal, by default SIGTERM, to this process alone. */
  kill(signal?: NodeJS.Signals): void;
  /** Writes to its standard input, which must be open. */
  write(text: string): void;
}

/** Starts a Node.js process (or another `command`) under test. */
export function runNode(options: RunNodeOptions): RunningProcess {
  const program = options.command === undefined ? process.execPath : neededProgram(options.command);
  const child = spawn(program, options.args, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    // A separate process group, so that its descendants can be killed with it.
    detached: process.platform !== "win32",
  });
  // Input that the process has not read at its end is an error of the pipe, not of the test.
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
    write: (text) => void child.stdin.write(text),
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

/** Standard output of a process that ended with exit code 0. Any other end is an error that contains all output. */
export async function outputOf(child: EndedProcess): Promise<string> {
  const { code, signal } = await child.exit;
  if (code === 0) return child.stdout;
  const end = signal ?? `exit code ${code}`;
  throw new Error(`ended with ${end}\n--- stdout\n${child.stdout}\n--- stderr\n${child.stderr}`);
}

/** Standard error of a process so far, without the warning of Node.js 22 about its SQLite. */
export function complaintsOf({ stderr }: EndedProcess): string {
  return stderr.replaceAll(/^\(node:\d+\) ExperimentalWarning: SQLite .*\n\(Use .*\n/gm, "");
}

/** A free TCP port of the loopback interface, unique in this run. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Lower than the ports that systems choose themselves, so that the server of another test does not get one of
    // these. `fetch` refuses port 10,080.
    const port = randomInt(10_081, 32_768);
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

/** The body of a response with 200 to a GET. Any other response is an error that contains it. */
export async function scrape(url: string, timeoutMillis = waitMillis): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMillis) });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${body}`);
  return body;
}

/** This process's environment without the variables that configure telemetry, Node.js, bash or the test runner. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = [
    /^(?:OTEL_|TACHYMETER_|npm_|VITE_|VITEST|TEST)/,
    /^(?:NODE_OPTIONS|NODE_ENV|NODE_V8_COVERAGE|FORCE_COLOR|FORCE_TTY|DEV|PROD|MODE|SSR|BASE_URL|BASH_ENV)$/,
  ];
  const inherited = Object.entries(process.env).filter(
    ([name]) => !foreign.some((names) => names.test(name)),
  );
  // SHLVL shows bash that it runs within another shell. Otherwise, if its standard input is a socket, as Node.js makes
  // for a pipe, it assumes to be run by rshd, and runs ~/.bashrc first.
  return { ...Object.fromEntries(inherited), SHLVL: "1" };
}

/** Ends a resource at the end of its test, or of the file if it was not started by a test that runs alone. */
export function reapLater(reap: () => Promise<void>, lifetime: "test" | "file" = "test"): void {
  // Among concurrent tests, the current one is that which began last.
  const current = TestRunner.getCurrentTest();
  if (lifetime === "file" || current === undefined || current.concurrent === true) atEndOfFile(reap);
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
