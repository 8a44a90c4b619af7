/** Servers of other projects, each on a free port of the loopback interface and in its own folder. */
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, vi } from "vitest";
import { reapLater, type RunningProcess, runNode } from "../kit/process.ts";
import { neededProgram, needs } from "./needs.ts";

/** Debian's user and group without rights. */
export const NOBODY = 65_534;
const START_MILLIS = 120_000;

/** A program to start. */
export interface ServerProgram {
  /** Name of the program, such as `redis-server`. */
  readonly command: string;
  readonly args: readonly string[];
  /** Its working directory and home: see {@link serverFolder}. */
  readonly folder: string;
  /** Port at which it accepts connections once it is ready. */
  readonly port: number;
  /** Output that it writes once it is ready, if an open port does not show it. */
  readonly ready?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it ends with the "test" that starts it, the default, or with that test's "file". */
  readonly lifetime?: "test" | "file";
}

/** A running server. It is killed when the test (or file) that started it ends. */
export interface Server {
  readonly port: number;
  /** Process of the latest start. */
  readonly process: RunningProcess;
  /** Kills it with SIGKILL, as an outage would, and waits until it has exited. */
  kill(): Promise<void>;
  /** Starts it again after it was killed, at the same port and in the same folder. */
  startAgain(): Promise<void>;
}

/**
 * One server for all tests of a file, started before the first of them. They are skipped if `program` is missing.
 *
 * @example
 * const redis = serverOfFile("redis-server", startRedis);
 * test("it is there", () => expect(redis().port).toBeGreaterThan(0));
 */
export function serverOfFile<S>(program: string, start: (lifetime: "file") => Promise<S>): () => S {
  let server: S | undefined;
  beforeEach(async (context) => {
    needs(context, program);
    server ??= await start("file");
  }, START_MILLIS);
  return () => {
    if (server === undefined) throw new Error(`${program} was not started`);
    return server;
  };
}

/** Creates an empty folder that a server may write to. It is removed after the test, or its file. */
export function serverFolder(name: string, lifetime?: "test" | "file"): string {
  const folder = mkdtempSync(join(tmpdir(), `tachymeter-${name}-`));
  reapLater(() => remove(folder), lifetime);
  if (isRoot()) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

// `rmSync` lists a folder only once, also if it tries again. A file may have appeared after that.
function remove(folder: string): Promise<void> {
  const options = { timeout: 10_000, interval: 200 };
  return vi.waitFor(() => rmSync(folder, { recursive: true, force: true }), options);
}

/** Starts a server without the rights of root, and waits until it is ready. */
export async function startServer(program: ServerProgram): Promise<Server> {
  let process = await started(program);
  return {
    port: program.port,
    get process() {
      return process;
    },
    async kill() {
      process.kill("SIGKILL");
      await process.exit;
    },
    async startAgain() {
      process = await started(program);
    },
  };
}

async function started({
  command,
  args,
  folder,
  port,
  ready,
  env,
  lifetime,
}: ServerProgram): Promise<RunningProcess> {
  const server = runNode({
    ...unprivileged(command, args),
    cwd: folder,
    env: { HOME: folder, ...env },
    ...(lifetime !== undefined && { lifetime }),
  });
  if (ready !== undefined) await server.waitForOutput(ready, START_MILLIS);
  await answers(port, server);
  return server;
}

/** Options to start a program without the rights of root. */
export function unprivileged(
  command: string,
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  const program = neededProgram(command);
  if (!isRoot()) return { command: program, args };
  const lowered = `--reuid=${NOBODY} --regid=${NOBODY} --clear-groups`.split(" ");
  return { command: neededProgram("setpriv"), args: [...lowered, program, ...args] };
}

async function answers(port: number, server: RunningProcess): Promise<void> {
  const deadline = Date.now() + START_MILLIS;
  let isOver = false;
  void server.exit.then(() => (isOver = true));
  while (!(await isOpen(port))) {
    if (isOver || Date.now() > deadline) {
      throw new Error(`a server does not answer at port ${port}\n${server.stdout}\n${server.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const settle = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}

/** Whether this process runs as root, which some servers refuse. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
