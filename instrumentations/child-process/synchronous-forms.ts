// The three synchronous functions. Node.js does not publish their processes, so they are replaced.
import { errorCode } from "../../src/diagnostics/error-message.ts";
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { type OriginalCall, replaceMethod } from "../../src/recording/replace-method.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { commandName, failureOf, type ProcessEnd, type StartedProgram } from "./command-name.ts";
import type { OnProcessEnd } from "./watched-process.ts";

/**
 * Replaces `execSync`, `execFileSync` and `spawnSync`, so that `onEnd` is called for wanted processes. Returns a
 * function that restores them.
 */
export function watchSynchronousForms(isWanted: () => boolean, onEnd: OnProcessEnd): () => void {
  // One of the functions may call another.
  let isNested = false;
  const watch = (call: OriginalCall, program: () => Program): unknown => {
    if (isNested || !isWanted()) return call();
    isNested = true;
    const startedMillis = performance.now();
    const ended = (end: ProcessEnd | undefined): void => {
      isNested = false;
      if (end === undefined) return;
      const seconds = (performance.now() - startedMillis) / 1000;
      const isMissing = errorCode(end.error) === "ENOENT";
      onEnd(() => commandName({ ...program(), isMissing }), seconds, failureOf(end));
    };
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      // Arguments refused by Node.js itself were not an attempt to start a process, and have no status.
      ended(endFrom(error, error));
      throw error;
    }
    // `spawnSync` returns an object; the other two return the output of the process and throw if it failed.
    ended(endFrom(result, fieldOf(result, "error")) ?? { exitCode: 0, signal: undefined });
    return result;
  };
  const removals = [
    replaceMethod(childProcess, "execSync", (call, args) => watch(call, () => programOfLine(args))),
    replaceMethod(childProcess, "execFileSync", (call, args) => watch(call, () => programOfFile(args))),
    replaceMethod(childProcess, "spawnSync", (call, args) => watch(call, () => programOfFile(args))),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const remove of removals) remove?.();
    syncBuiltinESMExports();
  };
}

type Program = Omit<StartedProgram, "isMissing">;

// `execSync(command, options?)`
function programOfLine([command, options]: readonly unknown[]): Program {
  const shell = fieldOf(options, "shell");
  return { file: typeof shell === "string" ? shell : defaultShell(), shellLine: String(command) };
}

// `spawnSync(file, args?, options?)`
function programOfFile([file, second, third]: readonly unknown[]): Program {
  const args: readonly unknown[] = Array.isArray(second) ? second : [];
  const isSecondOptions = typeof second === "object" && second !== null && !Array.isArray(second);
  const shell = fieldOf(isSecondOptions ? second : third, "shell");
  if (!shell) return { file: String(file) };
  return {
    file: typeof shell === "string" ? shell : defaultShell(),
    shellLine: [file, ...args].join(" "),
  };
}

function defaultShell(): string {
  return process.platform === "win32" ? (process.env["comspec"] ?? "cmd.exe") : "sh";
}

function endFrom(value: unknown, error: unknown): ProcessEnd | undefined {
  if (!isObject(value) || !("status" in value)) return undefined;
  return { exitCode: value.status, signal: fieldOf(value, "signal"), error };
}
