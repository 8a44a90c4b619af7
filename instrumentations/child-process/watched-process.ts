// One child process that is started asynchronously, from `spawn` to its exit.
import { errorCode } from "../../src/diagnostics/error-message.ts";
import type { ChildProcess } from "node:child_process";
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { commandName } from "./command-name.ts";
import { failureOf, type ProcessEnd } from "./process-end.ts";

/** Told once how a process ended. Asked for its name, `command` may throw. */
export type OnProcessEnd = (command: () => string, seconds: number, errorType: string | undefined) => void;

/**
 * Tells `onEnd` when `child`, which was just constructed, has exited or could not be started, unless it is a worker of
 * `node:cluster`. Returns what ends the watch sooner; `onStop` is called once it is over, however it came about.
 *
 * Its own methods are replaced, and no listener added: one for `error` would hide errors that nobody handles. While
 * listeners of `exit` run, all is as Node.js made it.
 */
export function watchProcess(child: ChildProcess, onEnd: OnProcessEnd, onStop: () => void): () => void {
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
    try {
      return call();
    } catch (error) {
      // What Node.js itself refuses was no attempt to start anything.
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

// The options as `spawn` has made them: the arguments begin with the program, and end with the line of a shell.
function startedFrom(options: unknown): Started {
  const millis = performance.now();
  if (typeof options !== "object" || options === null) return { file: "", shellLine: undefined, millis };
  const file: unknown = Reflect.get(options, "file");
  const args: unknown = Reflect.get(options, "args");
  const line: unknown = Reflect.get(options, "shell") && Array.isArray(args) ? args.at(-1) : undefined;
  return {
    file: typeof file === "string" ? file : "",
    shellLine: typeof line === "string" ? line : undefined,
    millis,
  };
}

// A worker of `node:cluster` knows by this variable that it is one, and has it from nobody else.
function isClusterWorker(options: unknown): boolean {
  const variables: unknown = Reflect.get(Object(options), "envPairs");
  return Array.isArray(variables) && variables.some((each) => String(each).startsWith("NODE_UNIQUE_ID="));
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
