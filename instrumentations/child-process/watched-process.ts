// A child process that is started asynchronously, from `spawn` to its exit.
import { errorCode } from "../../src/diagnostics/error-message.ts";
import type { ChildProcess } from "node:child_process";
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { fieldOf, listIn } from "../shared/fields.ts";
import { commandName, failureOf, type ProcessEnd } from "./command-name.ts";

/** Called once when a process has ended; `command` returns its name and may throw. */
export type OnProcessEnd = (command: () => string, seconds: number, errorType: string | undefined) => void;

/**
 * Calls `onEnd` when `child`, which was just constructed, has exited or could not be started. Workers of
 * `node:cluster` are ignored. Returns a function that stops the observation early. `onStart` is called before it is
 * spawned, and `onStop` at the end.
 *
 * Methods of the child are replaced, and no listener is added: a listener for `error` would hide unhandled errors.
 * While listeners of `exit` run, the original methods are in place.
 */
export function watchProcess(
  child: ChildProcess,
  onEnd: OnProcessEnd,
  onStart: () => void,
  onStop: () => void,
): () => void {
  let started: Started = { file: "", shellLine: undefined, millis: performance.now() };
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    restoreSpawn?.();
    restoreEmit?.();
    onStop();
  };
  const end = (processEnd: ProcessEnd): void => {
    stop();
    const seconds = (performance.now() - started.millis) / 1000;
    const isMissing = errorCode(processEnd.error) === "ENOENT";
    onEnd(() => commandName({ ...started, isMissing }), seconds, failureOf(processEnd));
  };
  const restoreSpawn = replaceMethod(child, "spawn", (call, [options]) => {
    restoreSpawn?.();
    if (isClusterWorker(options)) {
      stop();
      return call();
    }
    started = startedFrom(options);
    onStart();
    try {
      return call();
    } catch (error) {
      // Arguments refused by Node.js itself were not an attempt to start a process.
      if (isSystemError(error)) end({ exitCode: undefined, signal: undefined, error });
      else stop();
      throw error;
    }
  });
  const restoreEmit = replaceMethod(child, "emit", (call, [event, value, signal]) => {
    if (event === "exit") end({ exitCode: value, signal });
    else if (event === "error" && child.pid === undefined) {
      end({ exitCode: undefined, signal: undefined, error: value });
    }
    return call();
  });
  return stop;
}

interface Started {
  readonly file: string;
  readonly shellLine: string | undefined;
  readonly millis: number;
}

// Reads the options that `spawn` passes on: the arguments begin with the program and end with the command line of a
// shell.
function startedFrom(options: unknown): Started {
  const file = fieldOf(options, "file");
  const args = fieldOf(options, "args");
  const line: unknown = fieldOf(options, "shell") && Array.isArray(args) ? args.at(-1) : undefined;
  return {
    file: typeof file === "string" ? file : "",
    shellLine: typeof line === "string" ? line : undefined,
    millis: performance.now(),
  };
}

// Detected by the environment variable that makes a process a worker of `node:cluster`.
function isClusterWorker(options: unknown): boolean {
  return listIn(options, "envPairs").some((each) => String(each).startsWith("NODE_UNIQUE_ID="));
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
